internal import Crypto
public import ObjectStore

extension ReplicaSet {
    /// The object's bytes, or those of `range`, from the first replica whose bytes `accept` takes.
    ///
    /// The replicas are asked one after the other: the next one when one has failed, has no such object or
    /// delivers what `accept` refuses, and also when one has not answered within `patience`, which then
    /// goes on beside it; the first accepted answer wins and the others are cancelled. Calls that run side by side
    /// begin with different replicas, each as often as it is fast.
    ///
    /// - Parameters:
    ///   - range: not empty, and within the object.
    ///   - expectedByteCount: the object's size if it is known; it lengthens the patience. A range has its own.
    ///   - maximumByteCount: what is larger is refused before it fills the memory.
    ///   - order: the replicas to ask; if nil all: the preferred one first, then the one that will have delivered
    ///     first, those that failed lately last.
    /// - Throws: a `ReplicaSetError` with each replica's failure: `notFound` when none has it, `cancelled`,
    ///   else `unavailable`.
    public func get(
        _ key: ObjectKey, range: Range<Int>? = nil, expectedByteCount: Int? = nil,
        maximumByteCount: Int = maximumObjectByteCount, from order: [Int]? = nil,
        accept: (ObjectBytes) -> Bool
    ) async throws(ReplicaSetError) -> ObjectBytes {
        let byteCount = range?.count ?? expectedByteCount ?? 0
        var race = ReadRace(
            replicas: self, key: key, range: range, byteCount: byteCount, maximumByteCount: maximumByteCount,
            delay: patience.delay(byteCount: byteCount),
            order: order ?? health.readingOrder(byteCount: byteCount))
        return try await withTaskGroup(of: ReadRace.Event.self) { group in
            defer { group.cancelAll() }
            return await race.run(in: &group, accept: accept)
        }.get()
    }

    /// The whole object, whose bytes hash to the end of its name.
    ///
    /// - Throws: as `get`, and `unprovableName` when the name ends in no hash.
    public func getVerified(
        _ key: ObjectKey, expectedByteCount: Int? = nil, maximumByteCount: Int = maximumObjectByteCount,
        from order: [Int]? = nil
    ) async throws(ReplicaSetError) -> ObjectBytes {
        guard let digest = key.contentDigest else { throw ReplicaSetError(.unprovableName, key: key) }
        return try await get(
            key, expectedByteCount: expectedByteCount, maximumByteCount: maximumByteCount, from: order,
            accept: { $0.hashes(to: digest) })
    }
}

extension ObjectBytes {
    func hashes(to digest: SHA256Digest) -> Bool { withBytes { SHA256.hash($0) } == digest }
}

/// One read that is put to the replicas in turn, and to several at once when one is slow.
private struct ReadRace {
    enum Event: Sendable {
        case answer(replica: Int, Result<ObjectBytes, ObjectStoreError>, after: Duration)
        case patienceOver(replica: Int)
    }

    let replicas: ReplicaSet
    let key: ObjectKey
    let range: Range<Int>?
    /// As far as it is known.
    let byteCount: Int
    let maximumByteCount: Int
    let delay: Duration

    private var waiting: ArraySlice<Int>
    /// Asked and not yet heard of, in the order of asking.
    private var running: [Int] = []
    private var failures: [ReplicaSetError.Failure] = []

    init(
        replicas: ReplicaSet, key: ObjectKey, range: Range<Int>?, byteCount: Int, maximumByteCount: Int,
        delay: Duration, order: [Int]
    ) {
        self.replicas = replicas
        self.key = key
        self.range = range
        self.byteCount = byteCount
        self.maximumByteCount = maximumByteCount
        self.delay = delay
        waiting = order[...]
    }

    mutating func run(
        in group: inout TaskGroup<Event>, accept: (ObjectBytes) -> Bool
    ) async -> Result<ObjectBytes, ReplicaSetError> {
        askNext(in: &group)
        while !running.isEmpty, let event = await group.next() {
            switch event {
            case .patienceOver(let replica):
                if running.contains(replica) { askNext(in: &group) }
            case .answer(let replica, .success(let bytes), let duration):
                if accept(bytes) {
                    recordWin(of: replica, byteCount: bytes.count, after: duration)
                    return .success(bytes)
                }
                recordFailure(of: replica, damage(in: replica))
                askNext(in: &group)
            case .answer(let replica, .failure(let error), _):
                recordFailure(of: replica, error)
                askNext(in: &group)
            }
        }
        return .failure(defeat)
    }

    private mutating func askNext(in group: inout TaskGroup<Event>) {
        guard !Task.isCancelled, let replica = waiting.popFirst() else { return }
        running.append(replica)
        let (store, clock, delay) = (replicas.stores[replica], replicas.clock, delay)
        let (key, range, byteCount, maximumByteCount) = (key, range, byteCount, maximumByteCount)
        let health = replicas.health
        health.beginRead(of: replica, byteCount: byteCount)
        group.addTask {
            defer { health.endRead(of: replica, byteCount: byteCount) }
            var answer: Result<ObjectBytes, ObjectStoreError>?
            let duration = await clock.measure {
                do throws(ObjectStoreError) {
                    answer = .success(
                        try await store.get(key, range: range, maximumByteCount: maximumByteCount))
                } catch {
                    answer = .failure(error)
                }
            }
            return .answer(replica: replica, answer!, after: duration)
        }
        guard !waiting.isEmpty else { return }
        group.addTask {
            // Cancelled when the race is over; nobody reads the event then.
            try? await clock.sleep(for: delay)
            return .patienceOver(replica: replica)
        }
    }

    /// Those that were asked before the winner and have not answered are slow: the next read asks them later.
    private func recordWin(of winner: Int, byteCount: Int, after duration: Duration) {
        for replica in running.prefix(while: { $0 != winner }) {
            replicas.health.recordReadFailure(of: replica)
        }
        replicas.health.recordReadSuccess(of: winner, byteCount: byteCount, taking: duration)
        replicas.stores[winner].trust()
    }

    private mutating func recordFailure(of replica: Int, _ error: ObjectStoreError) {
        running.removeAll { $0 == replica }
        failures.append(ReplicaSetError.Failure(replica: replica, error: error))
        if error.code != .notFound, error.code != .cancelled {
            replicas.health.recordReadFailure(of: replica)
        }
    }

    private func damage(in replica: Int) -> ObjectStoreError {
        ObjectStoreError(
            .damaged, store: replicas.stores[replica].name, object: key.rawValue,
            reason: "its bytes are damaged")
    }

    private var defeat: ReplicaSetError {
        let isMissing = !failures.isEmpty && failures.allSatisfy { $0.error.code == .notFound }
        let code: ReplicaSetError.Code =
            Task.isCancelled ? .cancelled : isMissing ? .notFound : .unavailable
        return ReplicaSetError(code, key: key, failures: failures)
    }
}
