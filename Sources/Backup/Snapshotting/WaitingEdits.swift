internal import Vault

/// Edits whose files are being read or whose packs are open, in walk order.
struct WaitingEdits {
    private var pages: [PageEdits] = []
    /// How many of the pages, from the first on, are taken already.
    private var head = 0
    /// In all pages that wait.
    private(set) var editCount = 0

    var isEmpty: Bool { head == pages.count }

    /// All of them, the first one first.
    var all: ArraySlice<PageEdits> { pages[head...] }

    mutating func append(_ edits: PageEdits) {
        pages.append(edits)
        editCount += edits.edits.count
    }

    /// Takes the first page if every file in it has ended, and its content is in closed packs; nil if it waits, or
    /// there is none. What was found ready is not asked again.
    ///
    /// - Parameter again: reads a file that changed once more; nil if it is not to be.
    mutating func takeReady(again: (FileRead) throws -> FileRead?) throws -> PageEdits? {
        guard head < pages.count, try Self.isReady(&pages[head], again) else { return nil }
        let page = pages[head]
        pages[head] = PageEdits()
        head += 1
        editCount -= page.edits.count
        return page
    }

    /// Lets go of the memory of those that are taken.
    mutating func compact() {
        guard head > 256 || head == pages.count else { return }
        pages.removeFirst(head)
        head = 0
    }

    private static func isReady(
        _ page: inout PageEdits, _ again: (FileRead) throws -> FileRead?
    ) throws -> Bool {
        while page.readyCount < page.edits.count {
            if case .member(let database, _) = page.edits[page.readyCount] {
                guard database.isReady() else { return false }
            } else if case .file(let file) = page.edits[page.readyCount] {
                switch file.outcome {
                case nil: return false
                case .read(_, let chunks, _, _):
                    guard chunks.allSatisfy({ $0.reference != nil }) else { return false }
                case .changed:
                    if let file = try again(file) {
                        page.edits[page.readyCount] = .file(file)
                        return false
                    }
                case .vanished, .unreadable: break
                }
            }
            page.readyCount += 1
        }
        return true
    }

    /// Reads files again that changed while they were read; true when there were any.
    mutating func retryChanged(again: (FileRead) throws -> FileRead?) throws -> Bool {
        var isAnyRetried = false
        for page in head..<pages.count {
            for index in pages[page].edits.indices {
                guard case .file(let file) = pages[page].edits[index], case .changed = file.outcome,
                    let file = try again(file)
                else { continue }
                pages[page].edits[index] = .file(file)
                isAnyRetried = true
            }
        }
        return isAnyRetried
    }
}
