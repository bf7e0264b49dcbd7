internal import Synchronization
internal import Vault

/// An SQLite database and its logs, which are one thing: what a snapshot has of them fits together, or stays as an earlier
/// snapshot has it.
final class DatabaseRead: Sendable {
    struct Member: Sendable {
        /// nil for the main file.
        let log: DatabaseFiles.Log?
        let path: EntryPath
        /// In the folder of the main file.
        let name: [UInt8]
        let kind: ContentKind
        /// As the scan saw it; nil where it was not there, and may come.
        let status: FileStatus?
        let isInBase: Bool
        /// Whether size and times are those of the base, and can be relied on.
        let isUnwritten: Bool
    }

    enum Outcome: Sendable {
        indirect case read(Entry, [PendingChunk], openedAt: Int64, missing: MissingAttributes?)
        /// It was not there when the others were read.
        case absent
        /// It stays as the base has it, or is in no snapshot; for the main file with the reason.
        case held(String?)
    }

    private struct State {
        /// By member.
        var outcomes: [Outcome]?
        var isReady = false
        var isReplaced = false
        var isMainKept = false
    }

    let folder: DirectoryHandle
    /// The main file first, then its logs in the order of their names.
    let members: [Member]
    private let state = Mutex(State())

    init(folder: DirectoryHandle, members: [Member]) {
        self.folder = folder
        self.members = members
    }

    /// To be called once, when all that is to be known of every member is.
    func end(with outcomes: [Outcome]) { state.withLock { $0.outcomes = outcomes } }

    func outcome(of member: Int) -> Outcome? { state.withLock { $0.outcomes?[member] } }

    /// Looks whether every member has ended and its content is in closed packs. What it says stays so until it is asked
    /// again: `wasReady` is the same for all members, whatever other threads do meanwhile.
    func isReady() -> Bool {
        state.withLock { state in
            state.isReady = state.isReady || state.outcomes?.allSatisfy(\.isSettled) ?? false
            return state.isReady
        }
    }

    var wasReady: Bool { state.withLock { $0.isReady } }

    /// Whether the snapshot keeps the main file as its base has it, though it reads otherwise now.
    var isMainKept: Bool {
        get { state.withLock { $0.isMainKept } }
        set { state.withLock { $0.isMainKept = newValue } }
    }

    /// Whether the main file in the snapshot is another than in its base, so that the base's logs do not fit any more.
    var isReplaced: Bool {
        get { state.withLock { $0.isReplaced } }
        set { state.withLock { $0.isReplaced = newValue } }
    }
}

extension DatabaseRead.Outcome {
    fileprivate var isSettled: Bool {
        switch self {
        case .read(_, let chunks, _, _): chunks.allSatisfy { $0.reference != nil }
        case .absent, .held: true
        }
    }
}
