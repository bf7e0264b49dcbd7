import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import SoakTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A vault on three replicas in memory, a folder for sources, and machines that open it.
///
/// Made from the objects of one vault that is initialised once: deriving its password's key takes a moment.
final class TestVault: Sendable {
    let replicas: [TestReplica]
    let scratch: ScratchFolder
    private let recoveryKey: SecretBytes
    private let told = Mutex<[Warning]>([])
    private let substitutes = Mutex<[Int: Provider]>([:])
    /// What healing has named as lost.
    let lostFiles = Mutex<[LostFile]>([])

    init(
        replicaCount: Int = 3, keepsChecksums: Bool = false, clock: @escaping @Sendable () -> Int64 = { 0 }
    ) async throws {
        scratch = try ScratchFolder()
        replicas = (0..<replicaCount).map {
            TestReplica(
                name: ["a", "b", "c"][$0], keepsChecksums: keepsChecksums, clock: Self.clock(clock, of: $0))
        }
        let made = try await Self.made.value
        recoveryKey = made.recoveryKey
        for replica in replicas {
            for (key, bytes) in made.objects { try await replica.plant(key, bytes) }
        }
    }

    /// With three snapshots of "Photos", of one file, two and three.
    static func withThreeSnapshots(fileByteCount: Int = 3000) async throws -> (TestVault, OpenVault) {
        let test = try await TestVault()
        let vault = try await test.open()
        for number in 0..<3 {
            try test.write(noise(fileByteCount, seed: UInt64(number)), to: "photos/\(number).jpg")
            try await test.backUp(vault)
        }
        return (test, vault)
    }

    /// No two providers have the same time to the second for long: that they differ shows that they are two.
    private static func clock(
        _ clock: @escaping @Sendable () -> Int64, of replica: Int
    ) -> @Sendable () -> Int64 {
        { clock() + Int64(replica) }
    }

    private static let made = Task {
        let scratch = try ScratchFolder()
        let store = InMemoryStore()
        let access = VaultAccess(
            providers: [Provider(store: store, location: "memory")], quorum: 1,
            state: StateFolder(path: scratch("state")), host: "maker", givenSecret: nil,
            askPassword: { throw CancellationError() }, warn: { Issue.record("\($0)") })
        let outcome = try await access.initialise(
            strength: .interactive, makesDeviceKey: false,
            password: { password })
        var objects: [(ObjectKey, [UInt8])] = []
        for object in try await store.listAll(prefix: "") {
            objects.append(
                (object.key, try await store.get(object.key, maximumByteCount: 1 << 20).array))
        }
        return (objects: objects, recoveryKey: outcome.recoveryKey)
    }

    /// Opens the vault on a machine of that name, with a catalog of its own, as a new process would.
    func open(on host: String = "studio", quorum: Int? = nil) async throws -> OpenVault {
        try await access(on: host, quorum: quorum).open()
    }

    /// What the vault was made with.
    static var password: SecretBytes { SecretBytes(copying: Array("password".utf8).span.bytes) }

    /// Opens it as a new process would with `secret`; with the device key where that is nil.
    func open(on host: String = "studio", with secret: VaultSecret?) async throws -> OpenVault {
        var access = access(on: host)
        access.givenSecret = secret
        return try await access.open()
    }

    func access(on host: String = "studio", quorum: Int? = nil) -> VaultAccess {
        VaultAccess(
            providers: providers, quorum: quorum,
            state: StateFolder(path: scratch("state-\(host)")), host: host,
            givenSecret: .recoveryKey(recoveryKey), askPassword: { throw CancellationError() }, warn: warn)
    }

    private var providers: [Provider] {
        substitutes.withLock { substitutes in
            replicas.enumerated().map {
                substitutes[$0] ?? Provider(store: $1.store, location: $1.name)
            }
        }
    }

    /// Gives machines something else in the place of a replica from now on.
    func substitute(replica: Int, by provider: Provider) {
        substitutes.withLock { $0[replica] = provider }
    }

    /// Opens it on a machine that has no secret.
    func audit(on host: String = "auditor", signingKey: VerificationKey? = nil) async throws -> AuditedVault {
        try await VaultAccess(
            providers: providers, quorum: nil,
            state: StateFolder(path: scratch("state-\(host)")), host: host, givenSecret: nil,
            askPassword: { throw CancellationError() }, warn: warn
        ).openKeyless(signingKey: signingKey)
    }

    /// Opens it with a catalog that is not there any more.
    func openAnew(on host: String = "studio", quorum: Int? = nil) async throws -> OpenVault {
        _ = try run("/bin/rm", "-rf", "--", scratch("state-\(host)"))
        return try await open(on: host, quorum: quorum)
    }

    var warn: WarningHandler {
        { [self] warning in told.withLock { $0.append(warning) } }
    }

    /// What has been warned of since this was asked last.
    func warnings() -> [Warning] {
        told.withLock { told in
            defer { told = [] }
            return told
        }
    }

    /// A path in the folder for sources.
    func source(_ below: String = "photos") -> String { scratch("sources/\(below)") }

    /// Writes a file below the sources.
    func write(_ bytes: some Collection<UInt8>, to below: String) throws {
        try scratch.makeFolder("sources/" + (below as NSString).deletingLastPathComponent)
        try Data(bytes).write(to: URL(fileURLWithPath: source(below)))
    }

    func write(_ text: String, to below: String) throws { try write(Array(text.utf8), to: below) }

    func remove(_ below: String) throws { try run("/bin/rm", "-rf", "--", source(below)) }

    /// Backs the sources up as the machine of `vault` would.
    @discardableResult
    func backUp(
        _ vault: OpenVault, _ sources: String..., as collection: String = "Photos",
        rules: ScanRules = .backup, isDryRun: Bool = false
    ) async throws -> BackupSummary {
        let roots = (sources.isEmpty ? ["photos"] : sources).map { SourceRoot(path: source($0)) }
        return try await store(
            vault, BackupRequest(collection: collection, sources: roots, rules: rules, isDryRun: isDryRun))
    }

    /// As the machine of `vault` would.
    @discardableResult
    func store(_ vault: OpenVault, _ request: BackupRequest) async throws -> BackupSummary {
        vault.replicas.beginPhase()
        return try await vault.backUp(
            request, progress: RunProgress(replicaCount: replicas.count), warn: warn)
    }

    func archive(
        _ vault: OpenVault, _ sources: String..., as collection: String = "Shoot", replace: Bool = false
    ) async throws -> BackupSummary {
        var rules = ScanRules.archive
        if replace { rules.onConflict = .replace }
        return try await vault.backUp(
            BackupRequest(
                collection: collection, sources: sources.map { SourceRoot(path: source($0)) }, rules: rules),
            progress: RunProgress(replicaCount: replicas.count), warn: warn)
    }

    func heal(_ vault: AuditedVault, level: VerifyLevel = .list) async throws -> VerifySummary {
        try await vault.heal(
            level: level, progress: RunProgress(replicaCount: replicas.count), warn: warn,
            telling: HealHandlers(
                onDiscrepancy: { _ in },
                onUnprovable: { [warn] in warn(Warning(what: $0.key.rawValue, why: "\($0)")) },
                onLostFile: { [self] file in lostFiles.withLock { $0.append(file) } }))
    }

    @discardableResult
    func verify(
        _ vault: AuditedVault, level: VerifyLevel = .list, sample: VerifySample = .all, budget: Int? = nil,
        onDiscrepancy: @escaping @Sendable (Discrepancy) -> Void = { _ in }
    ) async throws -> VerifySummary {
        try await vault.verify(
            VerifyRequest(level: level, sample: sample, budget: budget), warn: warn,
            onDiscrepancy: onDiscrepancy)
    }

    /// What `verify` finds wrong, by replica and object.
    func discrepancies(_ vault: AuditedVault, level: VerifyLevel = .list) async throws -> [Discrepancy] {
        let found = Mutex<[Discrepancy]>([])
        _ = try await verify(vault, level: level, onDiscrepancy: { one in found.withLock { $0.append(one) } })
        return found.withLock { $0 }
    }

    /// Opens the newest snapshot of the collection.
    func newest(_ vault: OpenVault, of collection: String = "Photos") async throws -> Snapshot {
        try await vault.find(SnapshotSelection(collection: collection), warn: warn).snapshot
    }

    /// Restores the newest snapshot into a new folder and returns what is there then.
    func restored(_ vault: OpenVault, _ selection: String = "Photos") async throws -> [String: Node] {
        let destination = "restored-\(UUID().uuidString)"
        let notices = Mutex<[String]>([])
        let counts = try await vault.restore(
            RestoreRequest(snapshot: SnapshotSelection(selection), destination: scratch(destination)),
            progress: RunProgress(replicaCount: replicas.count),
            notify: { notice in notices.withLock { $0.append("\(notice)") } }, warn: warn)
        #expect(counts.filesFailed == 0 && counts.conflicts == 0, "\(notices.withLock { $0 })")
        defer { _ = try? run("/bin/rm", "-rf", "--", scratch(destination)) }
        return try Node.tree(scratch(destination), keys: vault.keys)
    }

    /// What the sources hold.
    func tree(_ sources: String..., keys: VaultKeys) throws -> [String: Node] {
        try Node.tree(
            scratch("sources"), only: Set(sources.isEmpty ? ["photos"] : sources), keys: keys)
    }

    /// What the newest snapshot lists.
    func listed(_ vault: OpenVault, _ selection: String = "Photos") async throws -> [String: Node] {
        var entries: [Entry] = []
        try await vault.list(
            SnapshotSelection(selection), EntrySelection(), warn: warn, onEntry: { entries.append($0) })
        #expect(entries.map(\.path) == entries.map(\.path).sorted())
        var nodes: [String: Node] = [:]
        for entry in entries {
            let references = try await vault.references(of: entry)
            nodes[String(decoding: entry.path.bytes, as: UTF8.self)] = Node(entry, references)
        }
        return nodes
    }
}

/// Bytes that do not compress, the same for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    return random.bytes(count)
}
