import Crypto
import ObjectStore
import ServerTesting
import Synchronization
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
        // A key that may list and delete versions.
        let wasDeleted = Mutex(false)
        let allowing = try ScriptedServer { _, request in
            if request.method == "DELETE" { wasDeleted.withLock { $0 = true } }
            return request.target.contains("versioning=")
                ? Self.keepsVersions
                : request.target.contains("versions=")
                    ? Self.versions(
                        wasDeleted.withLock { $0 } ? [] : ["<VersionId>1</VersionId>"])
                    : .answer(request.method == "DELETE" ? 204 : 200)
        }
        _ = try await ScriptedStore(allowing).store.deleteForGood(key)
        #expect(wasDeleted.withLock { $0 })
    }

    private static let keepsVersions = ScriptedServer.Reply.answer(
        200, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")

    private static func versions(_ ids: String...) -> ScriptedServer.Reply { versions(ids) }

    private static func versions(_ ids: [String]) -> ScriptedServer.Reply {
        let listed = ids.map { "<Version><Key>packs/00/object</Key>\($0)</Version>" }.joined()
        return .answer(200, body: "<ListVersionsResult>\(listed)</ListVersionsResult>")
    }

    /// As at Google's XML interface: there a plain DELETE would make one more.
    @Test func versionsWithoutIdsAreNotDeleted() async throws {
        let server = try ScriptedServer { _, request in
            request.target.contains("versioning=")
                ? Self.keepsVersions
                : request.target.contains("versions=")
                    ? Self.versions("<Generation>1</Generation>") : .answer(200)
        }
        let error = await #expect(throws: ObjectStoreError.self) {
            try await ScriptedStore(server).store.deleteForGood(key)
        }
        #expect(error?.code == .unsupported && error?.store == "scripted" && error?.object == key.rawValue)
        #expect(server.requests.allSatisfy { $0.method != "DELETE" })
        #expect(error?.hint?.hasPrefix("turn versioning off") == true)
        // A bucket whose versioning was turned off.
        let off = try ScriptedServer { _, request in
            request.target.contains("versioning=")
                ? .answer(200, body: "<VersioningConfiguration/>")
                : .answer(request.method == "DELETE" ? 204 : 200)
        }
        _ = try await ScriptedStore(off).store.deleteForGood(key)
        #expect(off.requests.contains { $0.method == "DELETE" })
    }

    /// Nothing changes, or each deletion makes another version: no round is the last by itself.
    @Test(arguments: [false, true])
    func deletingEndsWhereItChangesNothing(makesMore: Bool) async throws {
        let server = try ScriptedServer { index, request in
            if request.target.contains("versioning=") { return Self.keepsVersions }
            let ids = (0..<(makesMore ? 500 : 1)).map {
                "<VersionId>\(makesMore ? index * 500 + $0 : 1)</VersionId>"
            }
            guard request.target.contains("versions=") else {
                return .answer(request.method == "DELETE" ? 204 : 200)
            }
            let listed = ids.map { "<Version><Key>packs/00/object</Key>\($0)</Version>" }.joined()
            return .answer(200, body: "<ListVersionsResult>\(listed)</ListVersionsResult>")
        }
        let scripted = try ScriptedStore(server)
        let error = await #expect(throws: ObjectStoreError.self) {
            try await scripted.store.deleteForGood(key)
        }
        #expect(error?.code == .malformedAnswer && error?.object == key.rawValue)
        if !makesMore { #expect(server.requests.count { $0.method == "DELETE" } == 1) }
    }

    /// What is gone is still listed for a while.
    @Test func aListingOfVersionsMayLagBehind() async throws {
        let gone = ScriptedServer.Reply.answer(204)
        let one = Self.versions("<VersionId>1</VersionId>")
        let scripted = try ScriptedStore([
            Self.keepsVersions, .answer(200), one, gone, one, one, Self.versions(),
        ])
        #expect(try await scripted.store.deleteForGood(key) == .deleted)
        #expect(scripted.waited.count == 2)
    }
}
