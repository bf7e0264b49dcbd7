internal import Backup
internal import ObjectStore
internal import Replicator
internal import Terminal

/// Fills one provider's replica and tells how it stands; what `add` and `evacuate` share.
struct ProviderFilling {
    let access: VaultAccess
    let vault: OpenVault
    let name: String
    let context: CommandContext

    func run(isDryRun: Bool) async throws -> VerifySummary.Replica {
        if !isDryRun {
            try await vault.requireOwnPlace(of: name)
            try await probe()
        }
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let replica = try await context.withProgress(of: vault, progress, phase: "filling \(name)") {
            try await vault.fill(
                name, isDryRun: isDryRun, progress: progress, warn: context.warning,
                onUnprovable: { context.output.error(Failure($0, wasCancelled: false).diagnostic) })
        }
        let objects = HumanReadable.count(replica.rightCount)
        let missing = replica.lackingCount
        if isDryRun {
            context.output.information(
                "\(name): has \(objects) objects, misses \(HumanReadable.count(missing))")
        } else if let failure = replica.failure {
            context.output.warning(
                Diagnostic(
                    what: name, why: "not filled to the end: \(failure)",
                    hint: "run it again: what is there stays there"))
        } else if missing > 0 {
            context.output.warning(
                Diagnostic(
                    what: name, why: "\(HumanReadable.count(missing, "object")) are in no other replica")
            )
        } else {
            context.output.information(
                "\(name): whole, \(objects) objects, \(HumanReadable.count(replica.healedCount)) of them copied now"
            )
        }
        return replica
    }

    /// What the provider takes is found out before it is sent a vault; it is filled even where that fails.
    private func probe() async throws {
        try await access.probe([name]) { outcome in
            switch outcome.result {
            case .success(let report):
                for answer in report.answers where answer.concern != nil {
                    context.output.detail("\(name): \(answer.concern ?? "")")
                }
            case .failure(let error): context.warning(Warning(error))
            }
        }
    }

    func status(of replica: VerifySummary.Replica) -> ExitStatus {
        replica.failure == nil && replica.lackingCount == 0 ? .done : .replicaBehind
    }
}

extension VerifySummary.Replica {
    /// What it must have and does not have right.
    var lackingCount: Int { counts.reduce(0) { $0 + ($1.key == .stray ? 0 : $1.value) } }
}

/// The JSON summary of a filled replica.
struct FillSummary: Encodable, Sendable {
    let name: String
    let ok: Int
    let healed: Int
    let missing: Int
    let failure: String?

    init(_ replica: VerifySummary.Replica) {
        name = replica.name
        ok = replica.rightCount
        healed = replica.healedCount
        missing = replica.lackingCount
        failure = replica.failure
    }
}
