import ObjectStore
import Replicator
import Testing

@Suite struct PutTests {
    let pack = Pack()

    @Test func eachReplicaReportsItsOwnOutcome() async {
        let whole = InMemoryStore("whole")
        let failing = ScriptedStore(InMemoryStore("failing"), failing: .serverFailed)
        let other = InMemoryStore("other")
        let replicas = ReplicaSet(stores: [whole, failing, other])

        let outcomes = await replicas.put(pack)

        #expect(outcomes.map(\.replica) == [0, 1, 2])
        #expect(outcomes.map(\.summary) == ["stored", "failed: serverFailed", "stored"])
        #expect(outcomes[1].error?.store == "failing")
        #expect(whole[pack.key] == pack.bytes)
        #expect(other[pack.key] == pack.bytes)
        #expect(failing.base.count == 0)
        #expect(replicas.quorum.isReached(by: outcomes))
    }

    @Test func onlyTheGivenReplicasAreAskedAndInTheirOrder() async {
        let stores = ["a", "b", "c"].map { InMemoryStore($0) }
        let outcomes = await ReplicaSet(stores: stores).put(
            pack.key, ObjectBytes(pack.bytes), sha256: pack.digest, to: [2, 0])
        #expect(outcomes.map(\.replica) == [2, 0])
        #expect(stores.map(\.count) == [1, 0, 1])
    }

    @Test func allReplicasAreAskedAtTheSameTime() async {
        let gates = [Gate(), Gate(), Gate()]
        let stores = gates.map { gate in
            ScriptedStore(InMemoryStore("s"), script: { _ throws(ObjectStoreError) in try await gate.pass() })
        }
        async let outcomes = ReplicaSet(stores: stores).put(pack)
        for gate in gates { await gate.waitForArrival() }
        for gate in gates.reversed() { gate.open() }
        #expect(await outcomes.allSatisfy(\.isStored))
    }

    @Test(arguments: [
        ObjectStoreError.Code.suspended, .connectionFailed, .hostNotResolved, .certificateRefused,
        .credentialsRefused, .signatureRefused, .containerNotFound, .accessDenied, .outOfSpace,
    ])
    func aReplicaThatCannotServeIsOutUntilTheNextPhase(code: ObjectStoreError.Code) async {
        let failing = ScriptedStore(InMemoryStore("failing"), failing: code, times: 1)
        let replicas = ReplicaSet(stores: [failing, InMemoryStore("well")])

        #expect(await replicas.put(pack).map(\.summary) == ["failed: \(code)", "stored"])
        #expect(replicas.outage(of: 0)?.reason.code == code)
        #expect(replicas.outage(of: 1) == nil)
        #expect(await replicas.put(pack).map(\.summary) == ["skipped: \(code)", "stored"])
        #expect(failing.calls.count == 1)

        replicas.beginPhase()
        #expect(replicas.outage(of: 0) == nil)
        #expect(await replicas.put(pack).map(\.summary) == ["stored", "stored"])
    }

    @Test(arguments: [
        ObjectStoreError.Code.serverFailed, .throttled, .timedOut, .malformedAnswer, .cancelled,
    ])
    func aReplicaThatFailsOnceIsAskedAgain(code: ObjectStoreError.Code) async {
        let failing = ScriptedStore(InMemoryStore("failing"), failing: code, times: 1)
        let replicas = ReplicaSet(stores: [failing])
        #expect(await replicas.put(pack).map(\.summary) == ["failed: \(code)"])
        #expect(await replicas.put(pack).map(\.summary) == ["stored"])
    }

    @Test func theFirstReasonStays() async {
        let gate = Gate()
        let store = ScriptedStore(
            InMemoryStore("s"),
            script: { call throws(ObjectStoreError) in
                if call == .put(ObjectKey("slow")!) {
                    try await gate.pass()
                    throw ObjectStoreError(.accessDenied, store: "s", reason: "second")
                }
                throw ObjectStoreError(.outOfSpace, store: "s", reason: "first")
            })
        let replicas = ReplicaSet(stores: [store])
        async let slow = replicas.put(ObjectKey("slow")!, ObjectBytes(pack.bytes), sha256: pack.digest)
        await gate.waitForArrival()
        _ = await replicas.put(pack)
        gate.open()
        #expect(await slow.map(\.summary) == ["failed: accessDenied"])
        #expect(replicas.outage(of: 0)?.reason.reason == "first")
    }
}

@Suite struct QuorumTests {
    @Test(arguments: [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
    func aMajorityUnlessToldOtherwise(replicaCount: Int, quorum: Int) {
        let stores = (0..<replicaCount).map { InMemoryStore("\($0)") }
        #expect(ReplicaSet(stores: stores).quorum.replicaCount == quorum)
        #expect(ReplicaSet(stores: stores, quorum: 1).quorum.replicaCount == 1)
    }

    @Test(arguments: [(0, false), (1, false), (2, true), (3, true)])
    func countsStoredReplicas(storedCount: Int, isReached: Bool) {
        let error = ObjectStoreError(.timedOut, store: "s", reason: "late")
        let outcomes = (0..<3).map { replica in
            PutOutcome(
                replica: replica,
                answer: replica < storedCount ? .stored : replica == 1 ? .failed(error) : .skipped(error))
        }
        #expect(Quorum(2).isReached(by: outcomes) == isReached)
    }

    @Test func oneReplicaTwiceIsOneReplica() {
        let twice = [PutOutcome(replica: 0, answer: .stored), PutOutcome(replica: 0, answer: .stored)]
        #expect(!Quorum(2).isReached(by: twice))
    }
}
