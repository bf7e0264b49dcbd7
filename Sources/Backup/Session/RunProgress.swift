internal import Synchronization

/// How far a run is: counters that the threads of a run raise and whoever shows them reads.
public final class RunProgress: Sendable {
    /// The counters at one moment. Bytes are of content before compression, unless they are said to be stored.
    public struct State: Sendable {
        /// Files whose fate is decided: stored, restored or found unchanged.
        public var files = 0
        public var bytes = 0
        /// What there is to do, where that is known beforehand.
        public var totalFiles: Int?
        public var totalBytes: Int?
        /// Sealed bytes that each replica has taken or given, by its place in the configuration.
        public var replicaBytes: [Int] = []
    }

    private let counters: Mutex<State>

    public init(replicaCount: Int) {
        counters = Mutex(State(replicaBytes: Array(repeating: 0, count: replicaCount)))
    }

    public var state: State { counters.withLock { $0 } }

    func expect(files: Int, bytes: Int) {
        counters.withLock { state in
            state.totalFiles = files
            state.totalBytes = bytes
        }
    }

    func ended(files: Int) { counters.withLock { $0.files += files } }

    func read(byteCount: Int) { counters.withLock { $0.bytes += byteCount } }

    func stored(byteCount: Int, on replicas: [Int]) {
        counters.withLock { state in
            for replica in replicas { state.replicaBytes[replica] += byteCount }
        }
    }
}
