import ObjectStore
import Replicator
import Testing

@Suite struct CheckTests {
    let pack = Pack()

    private func check(_ object: NeededObject, holding bytes: [UInt8]?) async -> CheckOutcome {
        let store = InMemoryStore("s")
        store[object.key] = bytes
        return await ReplicaSet(stores: [InMemoryStore("other"), store]).check(object, on: 1)
    }

    @Test func rightBytes() async {
        guard case .right(byteCount: pack.bytes.count) = await check(pack.object, holding: pack.bytes) else {
            Issue.record("not right")
            return
        }
    }

    @Test(arguments: [
        (nil, Discrepancy.Kind.missing), ([], .truncated), (Pack().bytes.dropLast(), .truncated),
        (Pack().bytes.reversed(), .corrupt), (Pack().bytes + [0], .corrupt),
    ])
    func wrongBytes(bytes: [UInt8]?, kind: Discrepancy.Kind) async {
        guard case .wrong(let discrepancy) = await check(pack.object, holding: bytes) else {
            Issue.record("not wrong")
            return
        }
        #expect(
            discrepancy
                == Discrepancy(
                    replica: 1, key: pack.key, kind: kind, expectedByteCount: pack.bytes.count,
                    foundByteCount: bytes?.count))
    }

    @Test func anInventoryThatIsWrongAboutTheSizeDoesNotMakeTheObjectWrong() async {
        let object = NeededObject(key: pack.key, byteCount: pack.bytes.count + 1)
        guard case .right = await check(object, holding: pack.bytes) else {
            Issue.record("not right")
            return
        }
    }

    @Test(arguments: [ObjectStoreError.Code.timedOut, .accessDenied, .connectionFailed, .cancelled])
    func aFailureToAskIsNoDamage(code: ObjectStoreError.Code) async {
        let replicas = ReplicaSet(stores: [ScriptedStore(InMemoryStore("s"), failing: code)])
        guard case .unanswered(let error) = await replicas.check(pack.object, on: 0) else {
            Issue.record("not unanswered")
            return
        }
        #expect(error.code == code)
    }

    @Test func aNameWithoutHashIsCheckedByItsSize() async {
        let object = NeededObject(key: .readme, byteCount: 3)
        guard case .right = await check(object, holding: [1, 2, 3]) else {
            Issue.record("not right")
            return
        }
        guard case .wrong(let discrepancy) = await check(object, holding: [1, 2]) else {
            Issue.record("not wrong")
            return
        }
        #expect(discrepancy.kind == .truncated)
    }
}
