import Crypto
import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// Deleting for good, on servers that keep versions and locks.
@Suite struct DeletionTests {
    private let key = ObjectKey("packs/00/object")!
    private let bytes = Array("photo".utf8)

    private func versions(_ store: S3Store) async throws -> [ObjectVersions.Version] {
        var operation = S3Operation(method: .get, key: "", object: nil)
        operation.query = [("versions", "")]
        let response = try await store.session.perform(operation)
        return try response.body.withUnsafeBytes { try ObjectVersions($0).versions }
    }

    @Test(arguments: ["seaweedfs", "moto"])
    func everyVersionGoes(_ name: String) async throws {
        let store = try await LockingBucket.store(on: name)
        let other = ObjectKey("packs/00/other")!
        for content in ["first", "second", "third"] { try await store.put(key, Array(content.utf8)) }
        try await store.put(other, bytes)
        // A marker on top, as a program leaves it that knows nothing of versions.
        try await store.delete(key)
        #expect(try await versions(store).count == 5)
        #expect(try await store.deleteForGood(key) == .deleted)
        #expect(try await versions(store).map(\.key) == ["photos/packs/00/other"])
        #expect(try await store.deleteForGood(key) == .deleted)
        #expect(try await store.get(other, maximumByteCount: 100).array == bytes)
    }

    @Test(arguments: ["seaweedfs", "moto"])
    func whatIsLockedStaysAsItIs(_ name: String) async throws {
        let store = try await LockingBucket.store(on: name, lockDays: 10)
        try await store.put(key, bytes)
        let until = try #require(try await store.details(key).lockedUntil)
        #expect(try await store.deleteForGood(key) == .locked(until: until))
        #expect(try await store.get(key, maximumByteCount: 100).array == bytes)
        #expect(try await versions(store).count == 1)
    }

    @Test(arguments: ["seaweedfs", "rclone", "moto"])
    func withoutVersionsItIsAPlainDeletion(_ name: String) async throws {
        let store = try await LockingBucket.store(on: name, isLocking: false)
        try await store.put(key, bytes)
        for _ in 0..<2 { #expect(try await store.deleteForGood(key) == .deleted) }
        #expect(try await store.listAll(prefix: "") == [])
    }

    /// A marker would hide what is paid for as before.
    @Test func whoMayNotListVersionsDeletesNothing() async throws {
        let denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
        let scripted = try ScriptedStore([
            .answer(200, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
            .answer(200, headers: [("Last-Modified", "Sat, 21 Nov 2026 12:00:00 GMT")]),
            .answer(403, body: denied),
        ])
        let error = await #expect(throws: ObjectStoreError.self) {
            try await scripted.store.deleteForGood(key)
        }
        #expect(error?.code == .accessDenied && error?.hint?.contains("ListBucketVersions") == true)
        #expect(scripted.server.requests.allSatisfy { $0.method != "DELETE" })
    }
}
