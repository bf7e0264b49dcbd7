internal import Backup
internal import Synchronization

/// The shelf of a mount, kept up to what the replicas show.
final class ShelfWatch: Sendable {
    private struct State {
        var shelf = SnapshotShelf()
        var lastLook = ContinuousClock.now
        var isLooking = false
    }

    private let source: SnapshotSource
    /// The only one that is meant; all, if nil.
    private let snapshot: String?
    /// New snapshots of other machines and other runs are seen after that.
    private let timeBetweenLooks: Duration
    private let warn: WarningHandler
    private let state = Mutex(State())

    /// - Throws: `SelectionError` where nothing, or not one alone, is what is meant; `ObjectStoreError` when no replica
    ///   answers.
    init(
        _ source: SnapshotSource, only snapshot: String?, timeBetweenLooks: Duration = .seconds(60),
        warn: @escaping WarningHandler
    ) async throws {
        self.source = source
        self.snapshot = snapshot
        self.timeBetweenLooks = timeBetweenLooks
        self.warn = warn
        var shown = try await source.list()
        if let snapshot {
            let selection = SnapshotSelection(collection: "", snapshot: snapshot)
            shown = shown.filter { selection.isNamed($0.id) }
            guard shown.count <= 1 else {
                throw SelectionError(
                    description: "\(shown.count) snapshots begin with these digits",
                    hint: "give more digits of the hash")
            }
        }
        guard !shown.isEmpty else {
            throw SelectionError(
                description: snapshot == nil ? "there is none to show" : "there is no such snapshot",
                hint: "photobackup snapshots shows what there is")
        }
        state.withLock { $0.shelf.update(shown) }
    }

    /// As it was at the last look.
    var shelf: SnapshotShelf { state.withLock(\.shelf) }

    /// After a look at the replicas, if the last one was a while ago. Others do not wait for one that goes on, and where
    /// one fails, what was there before is there still.
    func current() async -> SnapshotShelf {
        let isDue = state.withLock { state in
            let isDue =
                source.isListedAgain && snapshot == nil && !state.isLooking
                && state.lastLook.duration(to: .now) > timeBetweenLooks
            if isDue { state.isLooking = true }
            return isDue
        }
        guard isDue else { return shelf }
        var shown: [SnapshotSummary]?
        do {
            shown = try await source.list()
        } catch {
            if !Task.isCancelled { warn(Warning(what: "snapshots", why: "new ones are not seen: \(error)")) }
        }
        return state.withLock { state in
            if let shown { state.shelf.update(shown) }
            state.lastLook = .now
            state.isLooking = false
            return state.shelf
        }
    }
}
