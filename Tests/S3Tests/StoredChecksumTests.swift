import Crypto
import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// The checksum that a provider keeps of an object, as it tells it.
@Suite struct StoredChecksumTests {
    private static let key = ObjectKey("packs/00/object")!
    private static let digest = SHA256.hash(Array("object".utf8))
    /// `printf object | openssl dgst -sha256 -binary | base64`
    private static let base64 = "KVjUFtCKpaRy17UJA2y36v1UKt2EUn5moUXqZMtM3HU="

    private func headed(_ headers: (String, String)...) async throws -> ObjectInfo {
        let scripted = try ScriptedStore([
            .answer(
                200,
                headers: [
                    ("Content-Length", "6"), ("Last-Modified", ScriptedStore.date), ("ETag", "\"opaque\""),
                ] + headers)
        ])
        let info = try await scripted.store.headWithChecksum(Self.key)
        #expect(scripted.server.requests.map { $0["x-amz-checksum-mode"] } == ["ENABLED"])
        return info
    }

    @Test func theChecksumOfTheObjectIsRead() async throws {
        #expect(try await headed(("x-amz-checksum-sha256", Self.base64)).checksum == Self.digest)
        #expect(
            try await headed(
                ("X-Amz-Checksum-Sha256", Self.base64), ("x-amz-checksum-type", "FULL_OBJECT")
            ).checksum == Self.digest)
    }

    @Test func whatIsNotTheObjectsOwnDoesNotCount() async throws {
        #expect(try await headed().checksum == nil)
        #expect(try await headed(("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")).checksum == nil)
        #expect(try await headed(("x-amz-checksum-sha256", "\(Self.base64)-2")).checksum == nil)
        #expect(
            try await headed(
                ("x-amz-checksum-sha256", Self.base64), ("x-amz-checksum-type", "COMPOSITE")
            ).checksum == nil)
    }

    /// boto3 1.36: new default checksums broke third-party providers. Nothing of them is sent unless it is asked for.
    @Test func boto3NoHeaderOfChecksumsIsSentUnasked() async throws {
        let scripted = try ScriptedStore([
            .answer(
                200,
                headers: [("Content-Length", "6"), ("Last-Modified", ScriptedStore.date), ("ETag", "\"e\"")])
        ])
        _ = try await scripted.store.head(Self.key)
        for request in scripted.server.requests {
            #expect(!request.headers.map { $0.name.lowercased() }.contains { $0.contains("checksum") })
        }
    }

    /// Real servers take the question, whatever they answer; one that lies would be found out.
    @Test(arguments: Servers.names)
    func realServersAnswerNothingOrTheRightOne(_ name: String) async throws {
        let store = try Servers.named(name).store()
        let bytes = randomBytes(1000)
        let key = ObjectKey("checksums/\(SHA256.hash(bytes).hex)")!
        try await store.put(key, bytes)
        let checksum = try await store.headWithChecksum(key).checksum
        #expect(checksum == nil || checksum == SHA256.hash(bytes))
        try await store.delete(key)
    }

    @Test func base64IsThatOfRFC4648() {
        var bytes = [UInt8](repeating: 0, count: 32)
        #expect(SHA256Digest(base64: String(repeating: "A", count: 43) + "=")?.bytes == bytes)
        bytes[31] = 1
        #expect(SHA256Digest(base64: String(repeating: "A", count: 42) + "E=")?.bytes == bytes)
        bytes = [UInt8](repeating: 0xff, count: 32)
        #expect(SHA256Digest(base64: String(repeating: "/", count: 42) + "8=")?.bytes == bytes)
        for wrong in [
            "", "=", String(repeating: "A", count: 44), String(repeating: "A", count: 42) + "B=",
            String(repeating: "A", count: 42) + "==", String(repeating: "A", count: 42) + "*=",
            String(repeating: "A", count: 43) + "=-3",
        ] {
            #expect(SHA256Digest(base64: wrong) == nil, "\(wrong)")
        }
    }
}
