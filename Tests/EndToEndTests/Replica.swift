import Crypto
import ObjectStore
import S3
import ServerTesting

/// A provider of a test's vault, which the test can look into and tamper with behind the program's back.
struct Replica: Sendable {
    let name: String
    let server: TestServer
    let prefix: String
    let store: S3Store

    /// - Parameter prefix: where the vault is in the server's bucket.
    init(_ server: TestServer, name: String? = nil, prefix: String) throws {
        self.name = name ?? server.name
        self.server = server
        self.prefix = prefix
        store = try server.store(prefix: prefix)
    }

    /// On the three servers, below a prefix that no other vault has.
    static func onThreeServers() throws -> [Replica] {
        let prefix = newPrefix()
        return try ["seaweedfs", "rclone", "moto"].map { try Replica(Servers.named($0), prefix: prefix) }
    }

    static func newPrefix() -> String { "e2e/\(randomBytes(8).hex)" }

    /// The provider as the configuration file names it, with some of its values in others' place.
    func configuration(_ changes: [String: String] = [:]) -> String {
        var values = [
            "name": name, "endpoint": server.endpoint, "region": server.region, "bucket": server.bucket,
            "prefix": prefix, "access_key_id": server.accessKeyID,
            "secret_access_key": server.secretAccessKey,
        ]
        values["ca_file"] = server.caFile
        values.merge(changes) { $1 }
        let lines = values.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        return "[[provider]]\n" + lines.map { "\($0.key) = \"\($0.value)\"\n" }.joined()
    }

    /// Every object by its name, with its size.
    func objects(_ folder: String = "") async throws -> [String: Int] {
        let objects = try await store.listAll(prefix: folder)
        return Dictionary(uniqueKeysWithValues: objects.map { ($0.key.rawValue, $0.byteCount) })
    }

    func read(_ name: String) async throws -> [UInt8] {
        try await store.get(ObjectKey(name)!, maximumByteCount: 64 << 20).array
    }

    func write(_ bytes: [UInt8], to name: String) async throws {
        try await store.put(ObjectKey(name)!, bytes)
    }

    func delete(_ name: String) async throws { try await store.delete(ObjectKey(name)!) }

    func deleteEverything() async throws {
        for name in try await objects().keys { try await delete(name) }
    }
}

extension [Replica] {
    /// The configuration file of a machine that has them all, and reaches some of them, by their place, at another
    /// address.
    func configuration(reaching endpoints: [Int: String] = [:]) -> String {
        enumerated().map { place, replica in
            replica.configuration(endpoints[place].map { ["endpoint": $0] } ?? [:])
        }.joined(separator: "\n")
    }
}
