import Crypto
import ObjectStore
import ObjectStoreTesting
import Replicator
import Testing

/// What is made of the checksum that a provider keeps.
@Suite struct StoredChecksumCheckTests {
    private let pack = Pack()

    /// What `checkStoredChecksum` says, for comparison.
    private func outcome(_ store: any ObjectStore, of object: NeededObject? = nil) async -> String {
        switch await ReplicaSet(stores: [store]).checkStoredChecksum(object ?? pack.object, on: 0) {
        case .right(let byteCount): "right, \(byteCount) read"
        case .wrong(let found): "\(found.kind), \(found.foundByteCount ?? 0) there"
        case .notCheckable: "not checkable"
        case .cold: "cold"
        case .unanswered(let error): "unanswered: \(error.code)"
        }
    }

    @Test func theRightChecksumIsRightWithoutReading() async throws {
        let memory = ObjectStoreTesting.InMemoryStore(keepsChecksums: true)
        try await memory.put(pack.key, pack.bytes)
        let store = FaultStore(memory, failing: .accessDenied) { call in
            if case .get = call { true } else { false }
        }
        #expect(await outcome(store) == "right, 0 read")
    }

    @Test func anotherChecksumIsCorrupt() async throws {
        let memory = ObjectStoreTesting.InMemoryStore(keepsChecksums: true)
        try await memory.put(pack.key, Array(pack.bytes.reversed()))
        #expect(await outcome(memory) == "corrupt, \(pack.bytes.count) there")
    }

    @Test func anotherSizeOrNothingIsWrongWithoutAChecksumToo() async throws {
        let memory = ObjectStoreTesting.InMemoryStore()
        #expect(await outcome(memory) == "missing, 0 there")
        try await memory.put(pack.key, Array(pack.bytes.dropLast()))
        #expect(await outcome(memory) == "truncated, \(pack.bytes.count - 1) there")
        try await memory.put(pack.key, pack.bytes + [0])
        #expect(await outcome(memory) == "corrupt, \(pack.bytes.count + 1) there")
    }

    @Test func withoutAChecksumOrAHashInTheNameNothingIsKnown() async throws {
        let without = ObjectStoreTesting.InMemoryStore()
        try await without.put(pack.key, pack.bytes)
        #expect(await outcome(without) == "not checkable")
        let with = ObjectStoreTesting.InMemoryStore(keepsChecksums: true)
        try await with.put(.readme, [1])
        #expect(await outcome(with, of: NeededObject(key: .readme, byteCount: nil)) == "not checkable")
    }

    @Test func noAnswerIsNoAnswer() async throws {
        let store = FaultStore(ObjectStoreTesting.InMemoryStore(), failing: .serverFailed)
        #expect(await outcome(store) == "unanswered: serverFailed")
    }
}
