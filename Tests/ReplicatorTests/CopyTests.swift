import ObjectStore
import Replicator
import Testing

@Suite struct CopyTests {
    let pack = Pack()

    @Test func copiesFromTheReplicaThatProvesItself() async {
        let empty = InMemoryStore("empty")
        let lying = ScriptedStore(InMemoryStore("lying"), distort: { $0.reversed() })
        lying.base[pack.key] = pack.bytes
        let good = InMemoryStore("good")
        good[pack.key] = pack.bytes
        let outcome = await ReplicaSet(stores: [empty, lying, good]).copy(pack.object, to: [0])
        guard case .proved(let outcomes) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(outcomes.map(\.replica) == [0])
        #expect(outcomes.map(\.summary) == ["stored"])
        #expect(empty[pack.key] == pack.bytes)
    }

    @Test(arguments: [[], Pack().bytes.dropLast(), Pack().bytes.reversed(), Pack().bytes + [0]])
    func neverWritesBytesThatDoNotHashToTheName(bytes: [UInt8]) async {
        let target = ScriptedStore(InMemoryStore("target"))
        let damaged = InMemoryStore("damaged")
        damaged[pack.key] = bytes
        let replicas = ReplicaSet(stores: [target, damaged, InMemoryStore("empty")])
        guard case .unprovable(let error) = await replicas.copy(pack.object, to: [0]) else {
            Issue.record("copied")
            return
        }
        #expect(error.failures.map(\.replica) == [1, 2])
        #expect(error.failures.map(\.error.code) == [.damaged, .notFound])
        #expect(target.calls.isEmpty)
    }

    @Test func whatCannotBeProvedIsNotRead() async {
        let source = ScriptedStore(InMemoryStore("source"))
        source.base[.readme] = [1]
        let replicas = ReplicaSet(stores: [InMemoryStore("target"), source])
        let outcome = await replicas.copy(NeededObject(key: .readme, byteCount: 1), to: [0])
        guard case .unprovable(let error) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(error.code == .unprovableName)
        #expect(source.calls.isEmpty)
    }

    @Test func excludedReplicasAreNotRead() async {
        let excluded = ScriptedStore(InMemoryStore("excluded"))
        excluded.base[pack.key] = pack.bytes
        let replicas = ReplicaSet(stores: [InMemoryStore("target"), excluded])
        guard case .unprovable(let error) = await replicas.copy(pack.object, to: [0], excluding: [1]) else {
            Issue.record("copied")
            return
        }
        #expect(error.failures.isEmpty)
        #expect(excluded.calls.isEmpty)
    }

    @Test func nothingIsReadForReplicasThatAreOut() async {
        let source = ScriptedStore(InMemoryStore("source"))
        source.base[pack.key] = pack.bytes
        let target = ScriptedStore(InMemoryStore("target"), failing: .outOfSpace)
        let replicas = ReplicaSet(stores: [source, target])
        for expected in ["failed: outOfSpace", "skipped: outOfSpace"] {
            guard case .proved(let outcomes) = await replicas.copy(pack.object, to: [1]) else {
                Issue.record("unprovable")
                return
            }
            #expect(outcomes.map(\.summary) == [expected])
        }
        #expect(source.calls.count == 1)
    }
}
