import Crypto
import ObjectStore
import S3Signer
import ServerTesting
import Testing

@testable import S3

/// Checksums, locks and storage classes, as a put sends them and the servers keep them.
@Suite struct BucketTests {
    private let key = ObjectKey("packs/00/object")!
    private let bytes = Array("photo".utf8)

    // MARK: Checksums

    /// boto3 1.36 began to send checksums to everybody, and third-party providers refused them: nothing is sent
    /// that no probe has found to be accepted.
    @Test("boto3 1.36: only the checksums are sent that a probe found accepted")
    func onlyWhatAProbeFoundAcceptedIsSent() async throws {
        let scripted = try ScriptedStore([.answer(200, headers: [("ETag", "\"1\"")], body: "")])
        func checksum() async throws -> String? {
            try? await scripted.store.put(key, bytes)
            let puts = scripted.server.requests.filter { $0.method == "PUT" }
            return puts.last?["x-amz-checksum-sha256"]
        }
        #expect(try await checksum() == nil)
        scripted.store.learn([ProbeAnswer(.checksumAccepted, .yes)])
        #expect(try await checksum() == SHA256.hash(bytes).bytes.base64)
        scripted.store.learn([ProbeAnswer(.checksumAccepted, .no)])
        #expect(try await checksum() == nil)
    }

    @Test func theProviderKeepsTheChecksumThatAPutBrings() async throws {
        let store = try await LockingBucket.store(on: "seaweedfs", isLocking: false)
        store.learn(try await store.probe().answers)
        try await store.put(key, bytes)
        #expect(try await store.headWithChecksum(key).checksum == SHA256.hash(bytes))
    }

    // MARK: Locks

    @Test(arguments: ["seaweedfs", "moto"])
    func everyPutIsLocked(_ name: String) async throws {
        let store = try await LockingBucket.store(on: name, lockDays: 10)
        for name in ["packs/00/object", "keyring/object"] {
            let key = ObjectKey(name)!
            try await store.put(key, bytes)
            let until = try #require(try await store.details(key).lockedUntil)
            let days = Double(until - Timestamp.now()) / 86_400
            #expect(abs(days - 10) < 0.1)
            #expect(store.takeNewLocks().map(\.until) == [until])
        }
        #expect(store.takeNewLocks().isEmpty, "what was told is not told again")
        // A version cannot be deleted, with a key that may delete everything.
        var delete = store.operation(.delete, key)
        let version = try await store.session.perform(store.operation(.head, key)).headers["x-amz-version-id"]
        delete.query = [("versionId", try #require(version))]
        let operation = delete
        #expect(
            await code { () throws(ObjectStoreError) in try await store.session.perform(operation) }
                == .accessDenied)
    }

    @Test(arguments: ["seaweedfs", "moto"])
    func aLockBecomesLongerAndNeverShorter(_ name: String) async throws {
        let store = try await LockingBucket.store(on: name, lockDays: 1)
        try await store.put(key, bytes)
        let until = Timestamp.now() + 30 * 86_400
        try await store.lock(key, until: until)
        #expect(try await store.details(key).lockedUntil == until)
        guard name == "seaweedfs" else { return }  // moto lets a lock in compliance mode be shortened.
        #expect(
            await code { () throws(ObjectStoreError) in
                try await store.lock(key, until: Timestamp.now() + 3600)
            } == .accessDenied)
        #expect(try await store.details(key).lockedUntil == until)
    }

    /// Healing overwrites: under a lock that makes a new version, and the damaged one stays until its lock ends.
    @Test(arguments: ["seaweedfs", "moto"])
    func aLockedObjectIsHealedByANewVersion(_ name: String) async throws {
        let store = try await LockingBucket.store(on: name, lockDays: 1)
        try await store.put(key, Array("phoXo".utf8))
        try await store.put(key, bytes)
        #expect(try await store.get(key, maximumByteCount: 100).array == bytes)
    }

    @Test func aPutWithALockCarriesAnMD5WhereNoChecksumIsTaken() async throws {
        let server = try ScriptedServer([.answer(200, headers: [("ETag", "\"1\"")], body: "")])
        let store = try S3Store(
            S3Configuration(
                name: "scripted", endpoint: server.endpoint, region: "us-east-1", bucket: "photos",
                lockDays: 5, credentials: { ScriptedStore.credentials }))
        try? await store.put(key, bytes)
        let put = try #require(server.requests.first { $0.method == "PUT" })
        #expect(put["content-md5"] == MD5.hash(bytes).base64)
        #expect(put["x-amz-object-lock-mode"] == "COMPLIANCE")
        store.learn([ProbeAnswer(.checksumAccepted, .yes)])
        try? await store.put(key, bytes)
        let second = try #require(server.requests.last { $0.method == "PUT" })
        #expect(second["content-md5"] == nil)
        #expect(second["x-amz-checksum-sha256"] != nil)
    }

    @Test(arguments: ["seaweedfs", "moto"])
    func aBucketWithoutLocksRefusesThePutAndSaysWhy(_ name: String) async throws {
        let store = try await LockingBucket.store(on: name, isLocking: false, lockDays: 1)
        let error = await failure { () throws(ObjectStoreError) in try await store.put(key, bytes) }
        #expect(error?.code == .unsupported, "\(String(describing: error))")
        #expect(error?.hint?.contains("provider probe") == true)
        #expect(try await store.listAll(prefix: "").isEmpty)
    }

    // MARK: Storage classes

    @Test func packsAloneGoToTheStorageClass() async throws {
        let store = try await LockingBucket.store(
            on: "moto", isLocking: false, storageClass: .init("GLACIER", prefix: "packs/"))
        let meta = ObjectKey("meta/00/object")!
        try await store.put(key, bytes)
        try await store.put(meta, bytes)
        #expect(try await store.details(key).storageClass == "GLACIER")
        #expect(try await store.details(meta).storageClass == nil)
        #expect(try await store.get(meta, maximumByteCount: 100).array == bytes)
        #expect(store.isCold)
    }

    @Test func whatIsColdIsAskedForAndThenRead() async throws {
        let store = try await LockingBucket.store(
            on: "moto", isLocking: false, storageClass: .init("GLACIER", prefix: "packs/"))
        try await store.put(key, bytes)
        #expect(try await store.details(key).availability == .cold)
        #expect(
            await code { () throws(ObjectStoreError) in try await store.get(key, maximumByteCount: 100) }
                == .inColdStorage)
        try await store.requestRestore(key, days: 1)
        #expect(try await store.details(key).availability == .readable)
        #expect(try await store.get(key, maximumByteCount: 100).array == bytes)
        try await store.requestRestore(key, days: 1)
    }

    @Test func whatIsOnItsWayBackIsNotAskedForAgain() async throws {
        let scripted = try ScriptedStore([
            .error(409, "RestoreAlreadyInProgress"),
            .answer(
                200,
                headers: [
                    ("x-amz-storage-class", "DEEP_ARCHIVE"), ("x-amz-restore", "ongoing-request=\"true\""),
                ], body: ""),
        ])
        try await scripted.store.requestRestore(key, days: 1)
        #expect(try await scripted.store.details(key).availability == .returning)
    }
}
