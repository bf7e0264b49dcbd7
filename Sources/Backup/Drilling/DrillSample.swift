internal import Glibc
internal import Vault

/// Files chosen at random from snapshots: pages by chance, each as likely as it is long, and of each page a few.
struct DrillSample {
    /// The files of one snapshot.
    struct Part {
        let found: FoundSnapshot
        var entries: [Entry] = []
    }

    private(set) var parts: [Part]
    /// Pages that could not be read, a line each.
    private(set) var failures: [String] = []

    init(of snapshots: [FoundSnapshot]) { parts = snapshots.map { Part(found: $0) } }

    /// - Throws: `CancellationError`.
    mutating func choose(_ request: DrillRequest, with reader: VaultReader) async throws {
        let pages = parts.indices.flatMap { part in
            parts[part].found.snapshot.pages.map { (part: part, page: $0) }
        }
        var (filesLeft, bytesLeft) = (request.fileCount, request.byteCount)
        // Few pages: more than one file of each.
        let perPage = max(1, request.fileCount / max(1, pages.count))
        for (part, page) in Self.shuffled(pages, weight: \.page.entryCount) where filesLeft > 0 {
            try Task.checkCancellation()
            do {
                let entries = try await reader.readPage(page).filter { $0.kind == .file && $0.size > 0 }
                for entry in entries.shuffled().filter({ $0.size <= bytesLeft }).prefix(
                    min(perPage, filesLeft))
                where entry.size <= bytesLeft {
                    parts[part].entries.append(entry)
                    filesLeft -= 1
                    bytesLeft -= entry.size
                }
            } catch {
                try Task.checkCancellation()
                failures.append("a list of files of \(parts[part].found.snapshot.collectionName): \(error)")
            }
        }
    }

    /// In an order by chance in which the heavy come first more often.
    ///
    /// Source: P. S. Efraimidis and P. G. Spirakis, "Weighted random sampling with a reservoir", 2006.
    private static func shuffled<Item>(_ items: [Item], weight: KeyPath<Item, Int>) -> [Item] {
        items.map { (key: -log(Double.random(in: 0..<1)) / Double(max(1, $0[keyPath: weight])), item: $0) }
            .sorted { $0.key < $1.key }.map(\.item)
    }
}
