import ObjectStore
import ObjectStoreConformance
import ObjectStoreTesting
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: Conformance.allCases)
    func inMemoryStoreConforms(_ guarantee: Conformance) async throws {
        try await guarantee.run(on: InMemoryStore(clock: secondsSince1970))
    }

    @Test(arguments: Conformance.allCases)
    func directoryStoreConforms(_ guarantee: Conformance) async throws {
        try await withTemporaryDirectory { directory in
            try await guarantee.run(on: DirectoryStore(name: "shelf", path: directory))
        }
    }

    @Test(arguments: Conformance.allCases)
    func faultStoreWithoutFaultsConforms(_ guarantee: Conformance) async throws {
        try await guarantee.run(on: FaultStore(InMemoryStore(clock: secondsSince1970)) { _ in })
    }

    @Test func faultStoreFailsWhatIsChosen() async throws {
        let key = ObjectKey("key")!
        let store = FaultStore(InMemoryStore(), failing: .throttled) { $0 == .get(key) }
        try await store.put(key, [1])
        #expect(try await store.head(key).byteCount == 1)
        let error = await #expect(throws: ObjectStoreError.self) {
            try await store.get(key, maximumByteCount: 1)
        }
        #expect(error?.code == .throttled)
    }
}
