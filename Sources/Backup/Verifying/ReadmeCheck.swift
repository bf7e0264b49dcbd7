internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

extension VerifyRequest {
    /// Whether README.txt is among what is to be read: it is in one part of a sample, as every object is.
    var readsReadme: Bool {
        level.reads && sample.contains(SHA256.hash(Array(ObjectKey.readme.rawValue.utf8)))
    }
}

/// README.txt is the one object without a hash in its name: what proves it is the vault's signature in it.
extension AuditedVault {
    private var readme: NeededObject { NeededObject(key: .readme, byteCount: nil) }

    /// The levels that read: whether the replicas have it as the vault has signed it. Where it is missing, the listing
    /// has told.
    func checkReadme(
        on targets: [Int], for verification: Verification, _ summary: inout VerifySummary,
        _ onDiscrepancy: @Sendable (Discrepancy) -> Void
    ) async throws {
        let missing = try catalog.findings(of: .readme).filter { $0.verification == verification.id }
            .compactMap { place(of: $0) }
        for replica in targets where !missing.contains(replica) {
            let (id, key) = (id, signingKey)
            let outcome = await replicas.check(
                readme, on: replica, isReadable: { Readme.isGenuine($0.array, vault: id, by: key) })
            summary.requestCount += 1
            switch outcome {
            case .wrong(let found):
                summary.replicas[replica].found(found.kind, wasRight: true)
                try catalog.record(
                    [found], at: verification.level, by: verification, replicas: catalogReplicas)
                onDiscrepancy(found)
            case .unanswered(let error):
                summary.replicas[replica].unansweredCount += 1
                if summary.replicas[replica].failure == nil {
                    summary.replicas[replica].failure = error.reason
                }
            case .right, .notCheckable, .cold:
                try catalog.settle(.readme, byteCount: 0, on: catalogReplicas[replica])
            }
        }
    }

    /// Puts it right where it was found wrong: who has the keys writes it anew, and anybody else copies what the vault
    /// has signed from another replica.
    func healReadme(on chosen: [Int], _ summary: inout VerifySummary) async throws {
        let targets = try catalog.findings(of: .readme).compactMap { place(of: $0) }.filter(chosen.contains)
        guard !targets.isEmpty, let text = await genuineReadme() else { return }
        let outcomes = await replicas.put(.readme, ObjectBytes(text), sha256: SHA256.hash(text), to: targets)
        for outcome in outcomes where outcome.isStored {
            let was = try catalog.settle(
                .readme, byteCount: text.count, on: catalogReplicas[outcome.replica])
            summary.countHealed(on: outcome.replica, was: was ?? .missing)
        }
    }

    /// Gives README.txt to replicas that were given everything else: it is in no list that a run looks at.
    func giveReadme(to targets: [Int]) async {
        guard !targets.isEmpty, let text = await genuineReadme() else { return }
        // Where that fails, a verification misses it.
        _ = await replicas.put(.readme, ObjectBytes(text), sha256: SHA256.hash(text), to: targets)
    }

    private func genuineReadme() async -> [UInt8]? {
        if let vault = self as? OpenVault { return Readme.text(vault: id, by: vault.keyring.signingKey) }
        let (id, key) = (id, signingKey)
        // Without one that is genuine, it stays as it was found.
        return try? await replicas.get(
            .readme, maximumByteCount: Readme.maximumByteCount,
            accept: { Readme.isGenuine($0.array, vault: id, by: key) }
        ).array
    }

    private func place(of finding: CatalogFinding) -> Int? {
        catalogReplicas.firstIndex { $0.id == finding.replica }
    }
}
