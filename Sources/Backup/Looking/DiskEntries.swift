internal import Vault

/// What is under source folders, in walk order, met on threads of its own.
struct DiskEntries {
    private static let batchCount = 1000

    private var walk: TreeWalk
    private var events: ArraySlice<WalkEvent> = []

    /// - Throws: as `TreeWalk`.
    init(_ sources: [SourceRoot], excludes: ExcludePatterns, own: OwnPlaces) async throws {
        walk = try await BlockingWork.run { try TreeWalk(roots: sources, excludes: excludes, own: own) }
    }

    /// The next event; nil at the end.
    mutating func next() async throws -> WalkEvent? {
        if let event = events.popFirst() { return event }
        try Task.checkCancellation()
        let limit = OpenFolderLimit.current
        let batch = try await BlockingWork.run { [walk] in
            var walk = walk
            var events: [WalkEvent] = []
            // What is told of holds its folder open.
            while events.count < Self.batchCount, DirectoryHandle.openCount < limit || events.isEmpty,
                let event = try walk.next()
            { events.append(event) }
            return (walk: walk, events: events)
        }
        walk = batch.walk
        events = batch.events[...]
        return events.popFirst()
    }
}
