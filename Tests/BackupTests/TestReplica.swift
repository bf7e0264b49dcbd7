import Crypto
import ObjectStore
import ObjectStoreTesting
import Synchronization

/// A replica in memory that writes down what was put, in order, and fails or waits where a test wants it.
final class TestReplica: Sendable {
    typealias Fault = @Sendable (StoreCall) async -> ObjectStoreError.Code?

    private struct State {
        var puts: [ObjectKey] = []
        var forgotten: [ObjectKey] = []
        var fault: Fault?
        var isShown: @Sendable (ObjectInfo) -> Bool = { _ in true }
        var deletes = 0
        var lostAnswer: Fault?
    }

    let name: String
    let memory: InMemoryStore
    private let state = Mutex(State())

    init(name: String, keepsChecksums: Bool = false, clock: @escaping @Sendable () -> Int64 = { 0 }) {
        self.name = name
        memory = InMemoryStore(name: name, keepsChecksums: keepsChecksums, clock: clock)
    }

    /// As a vault is given it.
    var store: any ObjectStore {
        FaultStore(
            HidingStore(memory, showing: { [self] info in state.withLock { $0.isShown }(info) }),
            before: { [self] call throws(ObjectStoreError) in
                if call.isDelete, !call.isOfTrial { state.withLock { $0.deletes += 1 } }
                try await meet(call, state.withLock { $0.fault })
                if case .put(let key) = call, !key.isOfProbe { state.withLock { $0.puts.append(key) } }
            },
            after: { [self] call throws(ObjectStoreError) in
                try await meet(call, state.withLock { $0.lostAnswer })
            })
    }

    private func meet(_ call: StoreCall, _ fault: Fault?) async throws(ObjectStoreError) {
        guard let code = await fault?(call) else { return }
        throw ObjectStoreError(code, store: name, reason: "as the test wants it", isRetryable: false)
    }

    /// Lets calls fail with the code that `fault` gives them, from now on.
    func fault(_ fault: @escaping Fault) { state.withLock { $0.fault = fault } }

    /// Shows only these objects from now on; it takes all.
    func show(only isShown: @escaping @Sendable (ObjectInfo) -> Bool) {
        state.withLock { $0.isShown = isShown }
    }

    func hide(_ keys: [ObjectKey]) { show(only: { [keys = Set(keys)] in !keys.contains($0.key) }) }

    /// Lets calls do their work and then fail with the code that `fault` gives them, from now on.
    func loseAnswers(_ fault: @escaping Fault) { state.withLock { $0.lostAnswer = fault } }

    func works() {
        state.withLock { state in
            state.fault = nil
            state.lostAnswer = nil
        }
    }

    /// What has been put since the last `forgetPuts`, in order.
    var puts: [ObjectKey] { state.withLock { $0.puts } }

    /// How often a deletion was asked for.
    var deletes: Int { state.withLock { $0.deletes } }

    /// All puts ever.
    var allPuts: [ObjectKey] { state.withLock { $0.forgotten + $0.puts } }

    func forgetPuts() {
        state.withLock { state in
            state.forgotten += state.puts
            state.puts = []
        }
    }

    func names(_ prefix: String = "") async throws -> [ObjectKey] {
        try await memory.listAll(prefix: prefix).map(\.key)
    }

    func bytes(_ key: ObjectKey) async throws -> [UInt8] {
        try await memory.get(key, maximumByteCount: 64 << 20).array
    }

    func plant(_ key: ObjectKey, _ bytes: [UInt8]) async throws { try await memory.put(key, bytes) }

    func lose(_ prefix: String = "") async throws {
        for key in try await names(prefix) { try await memory.delete(key) }
    }
}

extension StoreCall {
    var put: ObjectKey? { if case .put(let key) = self { key } else { nil } }
    var isDelete: Bool { if case .delete = self { true } else { false } }
    var get: ObjectKey? { if case .get(let key) = self { key } else { nil } }
    var head: ObjectKey? { if case .head(let key) = self { key } else { nil } }
    var list: String? { if case .list(let prefix) = self { prefix } else { nil } }
}

extension StoreCall {
    /// Whether it is of a trial for two replicas that are one place.
    var isOfTrial: Bool {
        switch self {
        case .put(let key), .get(let key), .head(let key), .delete(let key): key.isOfProbe
        case .list(let prefix): prefix == "probe/"
        }
    }
}

/// Counts, from any thread.
final class Counter: Sendable {
    private let value = Mutex(0)

    /// The count with this one.
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
