internal import Backup
internal import Configuration
internal import Terminal

/// Looks whether a provider can go, and tells what to take out of the configuration; what `remove` and
/// `evacuate` share. Nothing is deleted anywhere.
struct ProviderRemoval {
    let vault: OpenVault
    let name: String
    let configuration: BackupConfiguration
    let context: CommandContext

    func run() async throws -> CommandOutcome {
        guard configuration.providers.count > 1 else {
            throw CommandError(
                what: "provider \(name)", why: "it is the only one",
                hint: "add another one first, and photobackup provider add fills it")
        }
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let check = try await context.withProgress(of: vault, progress, phase: "looking at the others") {
            try await vault.checkRemoval(
                of: name, requestedQuorum: configuration.requestedQuorum, progress: progress,
                warn: context.warning)
        }
        guard check.isSafe else {
            throw CommandError(
                what: "provider \(name)",
                why: "it is still needed: whole without it: \(Self.names(check.whole)), "
                    + "and the quorum is \(check.quorum)",
                hint: "photobackup heal, or photobackup provider evacuate \(name) OTHER, "
                    + "gives the others what they miss")
        }
        for other in check.lacking {
            context.output.warning(
                Diagnostic(
                    what: other, why: "is not whole", hint: "photobackup heal copies what it misses"))
        }
        context.output.information(advice(check))
        return CommandOutcome(
            check.lacking.isEmpty ? .done : .replicaBehind,
            summary: Summary(provider: name, whole: check.whole, lacking: check.lacking, quorum: check.quorum)
        )
    }

    private func advice(_ check: RemovalCheck) -> String {
        var lines = [
            "\(name) can go: everything is whole on \(Self.names(check.whole)), "
                + "and the quorum is \(check.quorum)",
            "take the [[provider]] named \"\(name)\" out of \(configuration.file)",
        ]
        if check.impossibleQuorum != nil {
            let most = configuration.providers.count - 1
            lines.append("set quorum there to at most \(most), or take it out too")
        }
        lines.append(
            "its objects stay where they are: deleting them is yours to do, with the provider's own tools")
        return lines.joined(separator: "\n")
    }

    private static func names(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.joined(separator: ", ")
    }

    private struct Summary: Encodable, Sendable {
        let provider: String
        let whole: [String]
        let lacking: [String]
        let quorum: Int
    }
}
