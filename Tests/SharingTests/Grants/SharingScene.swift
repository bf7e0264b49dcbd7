import Backup
import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Sharing
import Synchronization
import Testing
import Vault

/// A giver's vault on two replicas in memory, with machines that open it, and folders on a real disk.
final class SharingScene: Sendable {
    let replicas = [InMemoryStore(name: "a"), InMemoryStore(name: "b")]
    let folder: String
    private let recoveryKey: SecretBytes
    private let told = Mutex<[Warning]>([])

    init() async throws {
        folder = NSTemporaryDirectory() + "/photobackup-sharing-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let maker = VaultAccess(
            providers: replicas.map { Provider(store: $0, location: $0.name) }, quorum: nil,
            state: StateFolder(path: folder + "/state-maker"), host: "maker", givenSecret: nil,
            askPassword: { throw CancellationError() }, warn: { Issue.record("\($0)") })
        recoveryKey = try await maker.initialise(
            strength: .interactive, makesDeviceKey: false,
            password: { SecretBytes(copying: Array("password".utf8).span.bytes) }
        ).recoveryKey
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Opens the vault on a machine of that name, as a new process would.
    ///
    /// - Parameter before: what happens before each of the machine's calls to a replica.
    func open(
        on host: String = "studio", before: @escaping FaultStore.Step = { _ throws(ObjectStoreError) in }
    ) async throws -> OpenVault {
        try await VaultAccess(
            providers: replicas.map { FaultStore($0, before: before) }.map {
                Provider(store: $0, location: $0.name)
            }, quorum: nil,
            state: StateFolder(path: "\(folder)/state-\(host)"), host: host,
            givenSecret: .recoveryKey(recoveryKey), askPassword: { throw CancellationError() }, warn: warn
        ).open()
    }

    var warn: WarningHandler { { [self] warning in told.withLock { $0.append(warning) } } }

    /// What has been warned of since this was asked last.
    func warnings() -> [String] {
        told.withLock { told in
            defer { told = [] }
            return told.map { "\($0.what): \($0.why)" }
        }
    }

    /// Writes a file of a source folder of that name.
    func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        let url = URL(fileURLWithPath: "\(folder)/sources/\(path)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// Backs up the source folder of the collection's name.
    @discardableResult
    func backUp(
        _ collection: String, _ vault: OpenVault, _ checkpoints: CheckpointSchedule = CheckpointSchedule()
    ) async throws -> BackupSummary {
        var request = BackupRequest(
            collection: collection, sources: [SourceRoot(path: "\(folder)/sources/\(collection)")])
        request.checkpoints = checkpoints
        return try await vault.backUp(
            request,
            progress: RunProgress(replicaCount: replicas.count), warn: warn)
    }

    func grant(
        _ collection: String = "Trip", to recipient: Identity, as person: String = "Anna",
        by vault: OpenVault, takesNewKey: Bool = false
    ) async throws -> GrantOutcome {
        try await vault.grant(
            GrantRequest(
                collection: collection, recipient: recipient.publicIdentity, person: person, providers: [],
                takesNewKey: takesNewKey), warn: warn)
    }

    /// As the recipient reaches the replicas, with nothing but the grant and a key of their own.
    func shared(_ outcome: GrantOutcome, for identity: Identity) throws -> SharedCollection {
        let bytes = try #require(outcome.grant?.bytes)
        return SharedCollection(
            try Grant(opening: bytes, for: identity, subject: "grant"), for: identity, stores: replicas)
    }

    /// The same with the newest grant that the replicas show.
    func renewed(_ shared: SharedCollection, for identity: Identity) async throws -> SharedCollection {
        let newer = try #require(try await shared.newerGrant(warn: warn))
        return SharedCollection(newer.grant, for: identity, stores: replicas)
    }

    /// The texts of the files that a recipient restores, by path.
    func restored(
        _ shared: SharedCollection, _ selection: String = "Trip", host: String? = nil
    ) async throws -> [String: String] {
        var snapshot = SnapshotSelection(selection)
        snapshot.host = host
        let destination = "\(folder)/restored-\(UUID().uuidString)"
        let counts = try await shared.restore(
            RestoreRequest(snapshot: snapshot, destination: destination),
            progress: RunProgress(replicaCount: replicas.count), notify: { Issue.record("\($0)") },
            warn: warn)
        #expect(counts.filesFailed == 0)
        var texts: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: destination) {
            texts[path] = try? String(contentsOfFile: "\(destination)/\(path)", encoding: .utf8)
        }
        return texts
    }
}

extension Identity {
    /// Somebody without a vault.
    static func random() throws -> Identity { try Identity(seed: SecretBytes(randomCount: 32)) }
}
