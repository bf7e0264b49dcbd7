import ObjectStore
import Replicator
import Synchronization
import Testing

@Suite struct HedgeTests {
    let pack = Pack(Array(repeating: 7, count: 3000))
    let clock = ManualClock()
    let gates = [Gate(), Gate(), Gate()]
    let stores: [ScriptedStore]
    let replicas: ReplicaSet

    init() {
        let (pack, gates) = (pack, gates)
        stores = gates.enumerated().map { place, gate in
            let base = InMemoryStore("\(place)")
            base[pack.key] = pack.bytes
            return ScriptedStore(base, script: { _ throws(ObjectStoreError) in try await gate.pass() })
        }
        replicas = ReplicaSet(
            stores: stores, patience: Patience(base: .seconds(2), bytesPerSecond: 1000), clock: clock)
    }

    @Test func theNextReplicaIsAskedOnlyWhenPatienceIsOver() async throws {
        async let bytes = replicas.getVerified(pack.key, expectedByteCount: 3000)
        await gates[0].waitForArrival()
        await clock.waitForSleep()
        clock.advance(by: .milliseconds(4999))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .milliseconds(1))
        #expect(clock.sleeperCount == 0)
        await gates[1].waitForArrival()
        gates[1].open()
        // The first is never released: had it not been cancelled, this would not return.
        #expect(try await bytes.array == pack.bytes)
        #expect(stores.map(\.calls.count) == [1, 1, 0])
    }

    @Test func theSlowOneMayStillWin() async throws {
        async let bytes = replicas.getVerified(pack.key)
        await gates[0].waitForArrival()
        await clock.waitForSleep()
        clock.advance(by: .seconds(2))
        await gates[1].waitForArrival()
        gates[0].open()
        #expect(try await bytes.array == pack.bytes)
    }

    @Test func aSlowReplicaIsAskedLaterFromThenOn() async throws {
        async let bytes = replicas.getVerified(pack.key)
        await gates[0].waitForArrival()
        await clock.waitForSleep()
        clock.advance(by: .seconds(2))
        gates[1].open()
        _ = try await bytes
        _ = try await replicas.getVerified(pack.key)
        #expect(stores.map(\.calls.count) == [1, 2, 0])
    }

    @Test func patienceIsMeasuredForEachReplicaAnew() async throws {
        async let bytes = replicas.getVerified(pack.key)
        for place in 0...1 {
            await gates[place].waitForArrival()
            await clock.waitForSleep()
            #expect(stores[place + 1].calls.isEmpty)
            clock.advance(by: .seconds(2))
        }
        await gates[2].waitForArrival()
        gates[2].open()
        #expect(try await bytes.array == pack.bytes)
    }

    @Test func cancellingEndsTheReadAndAsksNobodyElse() async throws {
        let read = Task { [replicas, pack] in try await replicas.getVerified(pack.key) }
        await gates[0].waitForArrival()
        read.cancel()
        let error = await #expect(throws: ReplicaSetError.self) { try await read.value }
        #expect(error?.code == .cancelled)
        #expect(stores.map(\.calls.count) == [1, 0, 0])
    }

    @Test(arguments: [(0, 2.0), (1_000_000, 3.0), (20_000_000, 22.0)])
    func patienceGrowsWithTheSize(byteCount: Int, seconds: Double) {
        #expect(Patience().delay(byteCount: byteCount) == .seconds(seconds))
    }
}
