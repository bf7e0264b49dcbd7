internal import Vault

/// The entries of a snapshot that are meant, in walk order, page by page: pages that cannot hold any are not read.
struct SnapshotEntries {
    let reader: VaultReader
    let snapshot: Snapshot
    let selection: EntrySelection
    private var pageIndex = 0
    private var entries: ArraySlice<Entry> = []
    /// The one behind the last group.
    private var waiting: Entry?
    /// Those of a group, of which at least one is meant.
    private var group: ArraySlice<Entry> = []

    init(reader: VaultReader, snapshot: Snapshot, selection: EntrySelection) {
        self.reader = reader
        self.snapshot = snapshot
        self.selection = selection
    }

    /// The next entry; nil at the end.
    mutating func next() async throws -> Entry? {
        while true {
            if let entry = group.popFirst() { return entry }
            guard let entry = try await any() else { return nil }
            guard selection.takesWholeGroups, let photo = PhotoGroup(entry) else {
                if selection.contains(entry) { return entry }
                continue
            }
            var run = [entry]
            while let following = try await any() {
                guard following.path.sortBytes.starts(with: photo.prefix) else {
                    waiting = following
                    break
                }
                run.append(following)
            }
            group = selection.chosen(of: run, in: photo)[...]
        }
    }

    /// The next entry of the pages that are read.
    private mutating func any() async throws -> Entry? {
        if let entry = waiting.take() { return entry }
        while true {
            if let entry = entries.popFirst() { return entry }
            guard pageIndex < snapshot.pages.count else { return nil }
            let page = snapshot.pages[pageIndex]
            let previous = pageIndex > 0 ? snapshot.pages[pageIndex - 1].lastPath : nil
            pageIndex += 1
            if selection.mayContain(after: previous, upTo: page.lastPath) {
                entries = try await reader.readPage(page)[...]
            }
        }
    }
}

extension PhotoGroup {
    /// Of a file that is in a snapshot.
    init?(_ entry: Entry) {
        guard entry.kind == .file else { return nil }
        self.init(entry.path)
    }

    /// Whether a member can be among the paths behind `previous` up to `last`.
    func hasPlace(after previous: EntryPath?, upTo last: EntryPath) -> Bool {
        guard !last.sortBytes.lexicographicallyPrecedes(prefix) else { return false }
        guard let previous = previous?.sortBytes else { return true }
        return previous.lexicographicallyPrecedes(prefix) || previous.starts(with: prefix)
    }
}

extension EntrySelection {
    /// Of entries that follow each other: those that are meant, and where a member of the group is, all members that
    /// are not left out by name.
    fileprivate func chosen(of run: [Entry], in group: PhotoGroup) -> [Entry] {
        let isGroupMeant = run.contains { PhotoGroup($0) == group && contains($0) }
        return run.filter { entry in
            contains(entry) || (isGroupMeant && PhotoGroup(entry) == group && !leavesOut(entry))
        }
    }
}
