import Crypto
import ObjectStore
import ObjectStoreConformance
import S3
import ServerTesting
import Testing

@Suite struct S3ConformanceTests {
    @Test(arguments: Servers.names, Conformance.allCases)
    func realServersConform(_ name: String, _ guarantee: Conformance) async throws {
        let store = try Servers.named(name).store()
        guard name == "seaweedfs", guarantee == .aFolderStandsWhereItsSlashPutsIt else {
            return try await guarantee.run(on: store)
        }
        let error = await #expect(throws: ObjectStoreError.self) { try await guarantee.run(on: store) }
        #expect(error?.code == .malformedAnswer)
    }

    @Test func aPrefixIsOutOfSight() async throws {
        let server = try Servers.named("rclone")
        let prefix = "vault-\(randomBytes(8).hex)"
        let inside = try S3Store(server.configuration(prefix: "/\(prefix)/"))
        try await inside.put(ObjectKey("packs/aa/1")!, [1])
        #expect(try await inside.listAll(prefix: "").map(\.key.rawValue) == ["packs/aa/1"])
        let around = try server.store()
        #expect(try await around.listAll(prefix: prefix).map(\.key.rawValue) == ["\(prefix)/packs/aa/1"])
    }

    /// Every name that ends with `.localhost` is this machine (RFC 6761), and SeaweedFS is told of it.
    @Test func aBucketMayBeAHostName() async throws {
        let server = try Servers.named("seaweedfs")
        let configuration = try server.configuration(
            endpoint: server.endpoint.replacing("127.0.0.1", with: "localhost"), addressing: .virtualHost)
        let key = ObjectKey("virtual/\(randomBytes(8).hex)")!
        try await S3Store(configuration).put(key, [1, 2, 3])
        #expect(try await server.store().get(key, maximumByteCount: 3).array == [1, 2, 3])
        #expect(try await S3Store(configuration).listAll(prefix: key.rawValue).map(\.key) == [key])
    }

    @Test(arguments: Servers.names)
    func twentyMegabytesComeBack(_ name: String) async throws {
        let store = try Servers.named(name).store()
        let key = ObjectKey("large/\(randomBytes(8).hex)")!
        let bytes = ObjectBytes(randomBytes(20 << 20))
        let digest = bytes.withBytes { SHA256.hash($0) }
        try await store.put(key, bytes, sha256: digest)
        let stored = try await store.get(key, maximumByteCount: 20 << 20)
        #expect(stored.withBytes { SHA256.hash($0) } == digest)
        #expect(store.statistics.bytesSent >= 20 << 20)
        #expect(store.statistics.bytesReceived >= 20 << 20)
        try await store.delete(key)
    }
}
