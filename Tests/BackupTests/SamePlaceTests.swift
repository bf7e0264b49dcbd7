import Crypto
import ObjectStore
import ObjectStoreTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Two providers that lead to one place by names that nobody can compare hold one copy.
@Suite struct SamePlaceTests {
    private let replicas = ["a", "b", "c"].map { TestReplica(name: $0) }
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// - Parameter aliases: other names of replicas, by the name that they have too.
    private func access(_ names: [String], aliases: [String: String] = [:]) -> VaultAccess {
        let providers = names.map { name in
            let replica = replicas.first { $0.name == aliases[name] ?? name }!
            return Provider(store: Renamed(base: replica.store, name: name), location: "place of \(name)")
        }
        return VaultAccess(
            providers: providers, quorum: nil, state: StateFolder(path: scratch("state")), host: "studio",
            givenSecret: nil, askPassword: { throw CancellationError() }, warn: { _ in })
    }

    private func initialise(_ access: VaultAccess) async throws -> InitialiseOutcome {
        try await access.initialise(
            strength: .interactive, makesDeviceKey: true,
            password: { SecretBytes(copying: Array("password".utf8).span.bytes) })
    }

    private func backUp(_ vault: OpenVault) async throws -> BackupSummary {
        try scratch.write("content", to: "photos/a.jpg")
        return try await vault.backUp(
            BackupRequest(collection: "Photos", sources: [SourceRoot(path: scratch("photos"))]),
            progress: RunProgress(replicaCount: vault.replicas.stores.count), warn: { _ in })
    }

    @Test func noVaultIsMadeOnThem() async throws {
        let error = await #expect(throws: SamePlaceError.self) {
            _ = try await initialise(access(["a", "other", "c"], aliases: ["other": "a"]))
        }
        #expect(error?.providers == ["a", "other"])
        for replica in replicas { #expect(try await replica.names().isEmpty) }
    }

    @Test func placesOfTheirOwnAreTaken() async throws {
        let outcome = try await initialise(access(["a", "b", "c"]))
        #expect(outcome.storedOn == ["a", "b", "c"] && outcome.vault.replicas.sharedPlaces.isEmpty)
        for replica in replicas { #expect(try await replica.names("probe/").isEmpty) }
    }

    /// One that came into the configuration later: the quorum, `safe-to-format` and the removal of a provider count one
    /// copy, and so does a process that comes after.
    @Test func theyCountAsOneCopy() async throws {
        _ = try await initialise(access(["a", "b"]))
        let names = access(["a", "b", "other"], aliases: ["other": "a"])
        let summary = try await backUp(try await names.open())
        #expect(summary.sharedPlaces == [["a", "other"]])

        let vault = try await names.open()
        #expect(vault.replicas.placeCount([0, 2]) == 1 && vault.replicas.placeCount([0, 1]) == 2)
        replicas[1].fault { _ in .connectionFailed }
        let safety = try await vault.safeToFormat(
            [scratch("photos")], progress: RunProgress(replicaCount: 3), warn: { _ in })
        #expect(!safety.isSafe)
        await #expect(throws: (any Error).self) { _ = try await backUp(vault) }
        replicas[1].works()
        let removal = try await vault.checkRemoval(
            of: "b", requestedQuorum: nil, progress: RunProgress(replicaCount: 3), warn: { _ in })
        #expect(!removal.isSafe && removal.wholePlaces == 1)
        #expect(try await names.status().isBehind)
        await #expect(throws: SamePlaceError.self) { try await vault.requireOwnPlace(of: "other") }
        try await vault.requireOwnPlace(of: "b")
    }

    /// Keys that may not delete leave one object, however often they are tried.
    @Test func aKeyThatMayNotDeleteLeavesOneObject() async throws {
        for replica in replicas { replica.fault { $0.isDelete ? .accessDenied : nil } }
        let vault = try await initialise(access(["a", "b", "c"])).vault
        for _ in 0..<3 { try await vault.requireOwnPlace(of: "c") }
        for replica in replicas { #expect(try await replica.names("probe/").count == 1) }
    }

    @Test func whereNothingCanBePutTheOtherTells() async throws {
        replicas[0].fault { $0.put == nil ? nil : .accessDenied }
        let names = access(["a", "b", "other"], aliases: ["other": "b"])
        let examinations = try await names.examine()
        #expect(examinations.map { $0.putFailure?.code } == [.accessDenied, nil, nil])
        #expect(examinations.map(\.samePlace) == [[], ["other"], ["b"]])
        replicas[1].fault { call in call.get == nil ? nil : .accessDenied }
        #expect(try await names.examine()[1].readFailure?.code == .accessDenied)
    }

    /// A rule that copies what is put at one bucket to another one makes no place of two.
    @Test func aCopyInOneDirectionIsNoSamePlace() async throws {
        let (from, to) = (replicas[0], replicas[1])
        let mirror = FaultStore(
            from.store, before: { _ throws(ObjectStoreError) in },
            after: { call throws(ObjectStoreError) in
                guard case .put(let key) = call else { return }
                try await to.memory.put(
                    key, from.memory.get(key, maximumByteCount: 1 << 20).array)
            })
        let outcome = await PlaceTrial(stores: [mirror, to.store]).run(on: [0, 1])
        #expect(outcome.same.isEmpty && outcome.apart.count == 1)
    }
}

/// A store by another name.
private struct Renamed: ObjectStore {
    let base: any ObjectStore
    let name: String

    func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async throws(ObjectStoreError) {
        try await base.put(key, bytes, sha256: sha256)
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        try await base.get(key, range: range, maximumByteCount: maximumByteCount)
    }

    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo { try await base.head(key) }

    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage {
        try await base.list(prefix: prefix, continuing: token)
    }

    func delete(_ key: ObjectKey) async throws(ObjectStoreError) { try await base.delete(key) }
}
