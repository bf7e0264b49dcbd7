internal import ArgumentParser
internal import Backup
internal import Terminal
internal import Vault

/// Lists snapshots.
struct SnapshotsCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshots", abstract: "List the snapshots, oldest first.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var expected: ExpectedHeadOption

    @Argument(help: "The collection; all, if none is named.") var collection: String?

    func run(in context: CommandContext) async throws -> CommandOutcome {
        var lost: [SnapshotID] = []
        let snapshots = try await snapshots(in: context, onLost: { lost.append($0) })
        context.output.show(snapshots)
        return CommandOutcome(
            lost.isEmpty ? .done : .damaged,
            summary: Summary(snapshots: snapshots.count, snapshotsLost: lost.map(\.description)))
    }

    /// The vault's, or of what somebody has shared and was accepted: all of it where there is no vault here.
    private func snapshots(
        in context: CommandContext, onLost: (SnapshotID) -> Void
    ) async throws -> [SnapshotSummary] {
        let hasVault = context.isThere(context.configurationFile)
        let names = collection.map { [$0] } ?? (hasVault ? [] : context.acceptedShares.names)
        let shares = names.filter(context.acceptedShares.has)
        guard shares.isEmpty else {
            var snapshots: [SnapshotSummary] = []
            for name in shares {
                guard let shared = try await context.sharedCollection(name) else { continue }
                snapshots += try await shared.snapshots(warn: context.warning, onLost: onLost)
            }
            return snapshots
        }
        let vault = try await context.vaultAccess(context.configuration(), waitsForAll: false).open()
        if let head = expected.head { try await vault.require(head, warn: context.warning) }
        let snapshots = try await vault.snapshots(of: collection, warn: context.warning, onLost: onLost)
        if let collection, snapshots.isEmpty {
            let nearest = NearestNames.of(
                collection, in: Array(Set(try vault.knownSnapshots().map(\.collection)))
            ).map { "'\(singleLine($0))'" }
            throw CommandError(
                what: "snapshots", why: "there is no collection '\(singleLine(collection))'",
                hint: nearest.isEmpty
                    ? "photobackup snapshots without a name lists them all"
                    : "did you mean \(nearest.joined(separator: " or "))?")
        }
        return snapshots
    }

    private struct Summary: Encodable {
        let snapshots: Int
        let snapshotsLost: [String]
    }
}
