import ObjectStore
import Testing

@testable import Replicator

@Suite struct GetTests {
    let pack = Pack()

    private func store(_ name: String, holds: Bool = true) -> InMemoryStore {
        let store = InMemoryStore(name)
        if holds { store[pack.key] = pack.bytes }
        return store
    }

    @Test func theFirstReplicaSuffices() async throws {
        let second = ScriptedStore(store("b"))
        let replicas = ReplicaSet(stores: [store("a"), second])
        #expect(try await replicas.getVerified(pack.key).array == pack.bytes)
        #expect(second.calls.isEmpty)
    }

    @Test func theGivenOrderIsKept() async throws {
        let stores = ["a", "b", "c"].map { ScriptedStore(store($0, holds: $0 == "a")) }
        let replicas = ReplicaSet(stores: stores)
        #expect(try await replicas.getVerified(pack.key, from: [2, 0]).array == pack.bytes)
        #expect(stores.map(\.calls.count) == [1, 0, 1])
    }

    enum Fault: CaseIterable {
        case missing
        case failing
        case changed
        case cutShort
    }

    @Test(arguments: Fault.allCases)
    func failsOver(fault: Fault) async throws {
        let bad: any ObjectStore =
            switch fault {
            case .missing: store("bad", holds: false)
            case .failing: ScriptedStore(store("bad"), failing: .serverFailed)
            case .changed: ScriptedStore(store("bad"), distort: { [$0[0] ^ 1] + $0.dropFirst() })
            case .cutShort: ScriptedStore(store("bad"), distort: { $0.dropLast() })
            }
        let replicas = ReplicaSet(stores: [bad, store("good")])
        #expect(try await replicas.getVerified(pack.key).array == pack.bytes)
    }

    @Test func aRangeIsAcceptedByTheCaller() async throws {
        let lying = ScriptedStore(store("lying"), distort: { $0.map { $0 ^ 1 } })
        let replicas = ReplicaSet(stores: [lying, store("good")])
        let wanted = Array(pack.bytes[3..<7])
        let bytes = try await replicas.get(pack.key, range: 3..<7) { $0.array == wanted }
        #expect(bytes.array == wanted)
        #expect(lying.calls == [.get(pack.key, 3..<7)])
    }

    @Test func everyReplicasFailureIsNamed() async throws {
        let replicas = ReplicaSet(stores: [
            store("east", holds: false),
            ScriptedStore(store("west"), failing: .timedOut),
            ScriptedStore(store("shelf"), distort: { _ in [] }),
        ])
        let error = await #expect(throws: ReplicaSetError.self) { try await replicas.getVerified(pack.key) }
        #expect(error?.code == .unavailable)
        #expect(error?.failures.map(\.replica) == [0, 1, 2])
        #expect(error?.failures.map(\.error.code) == [.notFound, .timedOut, .damaged])
        #expect(
            error?.description == """
                \(pack.key): no replica delivered it; east: notFound; west: timedOut; shelf: its bytes are damaged
                """)
    }

    @Test func missingEverywhereIsToldFromUnavailable() async throws {
        let replicas = ReplicaSet(stores: [store("a", holds: false), store("b", holds: false)])
        let error = await #expect(throws: ReplicaSetError.self) { try await replicas.getVerified(pack.key) }
        #expect(error?.code == .notFound)
    }

    @Test func noReplicaToAskIsAnError() async throws {
        let replicas = ReplicaSet(stores: [store("a")])
        let error = await #expect(throws: ReplicaSetError.self) {
            try await replicas.getVerified(pack.key, from: [])
        }
        #expect(error?.code == .unavailable)
    }

    @Test func aNameWithoutHashProvesNothing() async throws {
        let replicas = ReplicaSet(stores: [store("a")])
        let error = await #expect(throws: ReplicaSetError.self) { try await replicas.getVerified(.readme) }
        #expect(error?.code == .unprovableName)
    }

    @Test func whatIsTooLargeIsRefused() async throws {
        let replicas = ReplicaSet(stores: [store("a")])
        let error = await #expect(throws: ReplicaSetError.self) {
            try await replicas.getVerified(pack.key, maximumByteCount: pack.bytes.count - 1)
        }
        #expect(error?.failures.map(\.error.code) == [.damaged])
    }

    @Test func aReplicaThatFailedIsAskedLastUntilItDelivers() async throws {
        let failing = ScriptedStore(store("failing"), failing: .serverFailed, times: 1)
        let other = ScriptedStore(store("other"))
        let replicas = ReplicaSet(stores: [failing, other])
        for _ in 0..<3 { _ = try await replicas.getVerified(pack.key) }
        #expect(failing.calls.count == 1)

        _ = try await replicas.getVerified(pack.key, from: [0])
        _ = try await replicas.getVerified(pack.key)
        #expect(failing.calls.count == 3)
        #expect(other.calls.count == 3)
    }

    @Test func readsSideBySideSpreadAsEachReplicaIsFast() {
        let health = ReplicaHealth(replicaCount: 3)
        let size = 16 << 20
        for (replica, milliseconds) in [(0, 2000), (1, 500), (2, 1000)] {
            health.recordReadSuccess(of: replica, byteCount: size, taking: .milliseconds(milliseconds))
        }
        var counts = [0, 0, 0]
        for _ in 0..<14 {
            let replica = health.readingOrder(byteCount: size)[0]
            health.beginRead(of: replica, byteCount: size)
            counts[replica] += 1
        }
        #expect(counts == [2, 8, 4])
        for (replica, count) in counts.enumerated() {
            for _ in 0..<count { health.endRead(of: replica, byteCount: size) }
        }
        #expect(health.readingOrder(byteCount: size) == [1, 2, 0])
    }

    @Test func oneThatHasNotDeliveredYetIsNotAskedForMoreThanTheFastest() {
        let health = ReplicaHealth(replicaCount: 2)
        let size = 16 << 20
        #expect(health.readingOrder(byteCount: size)[0] == 0)
        health.beginRead(of: 0, byteCount: size)
        #expect(health.readingOrder(byteCount: size)[0] == 1)
        health.recordReadSuccess(of: 1, byteCount: size, taking: .seconds(5))
        #expect(health.readingOrder(byteCount: size)[0] == 1)
    }

    @Test func whoDeliversIsNotAskedForMoreOnceItHasDelivered() async throws {
        let stores = ["a", "b"].map { ScriptedStore(store($0)) }
        let replicas = ReplicaSet(stores: stores)
        for _ in 0..<3 { _ = try await replicas.getVerified(pack.key) }
        #expect(replicas.health.readingOrder() == [0, 1])
        #expect(stores.map(\.calls.count) == [3, 0])
    }

    @Test func ofSeveralThatFailedTheOneLongestAgoIsAskedFirst() {
        let health = ReplicaHealth(replicaCount: 3)
        for replica in [2, 0, 1] { health.recordReadFailure(of: replica) }
        #expect(health.readingOrder() == [2, 0, 1])
        health.recordReadSuccess(of: 1)
        #expect(health.readingOrder() == [1, 2, 0])
        health.recordPutFailure(ObjectStoreError(.connectionFailed, store: "s", reason: "refused"), of: 1)
        #expect(health.readingOrder() == [2, 0, 1])
        health.beginPhase()
        #expect(health.readingOrder() == [0, 1, 2])
    }

    @Test func anObjectThatIsNotThereSaysNothingOfTheReplica() async throws {
        let first = ScriptedStore(store("a", holds: false))
        let replicas = ReplicaSet(stores: [first, store("b")])
        for _ in 0..<2 { _ = try await replicas.getVerified(pack.key) }
        #expect(first.calls.count == 2)
    }
}

/// Whom a read asks first.
@Suite struct ReadingOrderTests {
    private let health = ReplicaHealth(replicaCount: 3)

    private func read(_ replica: Int, _ milliseconds: Int, byteCount: Int = 1000) {
        health.recordReadSuccess(of: replica, byteCount: byteCount, taking: .milliseconds(milliseconds))
    }

    @Test func whereOneIsSlowTheOthersAreTriedAndThenTheFastestIsAskedFirst() {
        #expect(health.readingOrder() == [0, 1, 2])
        read(0, 500)
        #expect(health.readingOrder() == [1, 2, 0])
        read(1, 3000)
        #expect(health.readingOrder() == [2, 0, 1])
        read(2, 100)
        #expect(health.readingOrder() == [2, 0, 1])
        // What was measured outlasts a phase, and is outdone by what is measured later.
        health.beginPhase()
        for _ in 0..<10 { read(2, 9000) }
        #expect(health.readingOrder() == [0, 1, 2])
    }

    @Test func aboutAsFastIsNoReasonToChange() {
        for (replica, milliseconds) in [(0, 19), (1, 1), (2, 8)] { read(replica, milliseconds) }
        #expect(health.readingOrder() == [0, 1, 2])
    }

    @Test func aLargeReadIsNotASlowOne() {
        read(0, 160, byteCount: 16 << 20)
        read(1, 150)
        read(2, 150)
        #expect(health.readingOrder() == [0, 1, 2])
    }

    @Test func thePreferredOneComesFirstUntilItFailsThreeTimesInARow() {
        for (replica, milliseconds) in [(0, 10), (1, 10), (2, 5000)] { read(replica, milliseconds) }
        health.prefer(2)
        #expect(health.readingOrder() == [2, 0, 1])
        for _ in 0..<2 { health.recordReadFailure(of: 2) }
        #expect(health.readingOrder() == [2, 0, 1])
        read(2, 5000)
        for _ in 0..<3 { health.recordReadFailure(of: 2) }
        #expect(health.readingOrder() == [0, 1, 2])
        health.prefer(nil)
        read(2, 5000)
        #expect(health.readingOrder() == [0, 1, 2])
    }
}
