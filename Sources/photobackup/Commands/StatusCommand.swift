internal import ArgumentParser
internal import Backup
internal import Crypto
internal import Terminal
internal import Vault

/// Tells what is protected, where, and how fresh it is; needs no secret.
struct StatusCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What is protected, where, how fresh; what is behind.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var expected: ExpectedHeadOption
    @Option(
        help: ArgumentHelp(
            "Write the dashboard's first page there too, for a mail or a NAS.", valueName: "file"))
    var html: String?

    @Flag(help: "Walk the sources too, and count what is in no backup, and what is in the vault alone.")
    var sources = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        if let html { try await context.writeDashboard(to: html) }
        let status = try await context.vaultAccess(configuration).status(expectedHead: expected.head)
        context.output.information(Self.text(status))
        if let head = status.missingHead {
            context.output.error(Failure(HeadError(head: head), wasCancelled: false).diagnostic)
        }
        let sources = sources ? try await SourceStatus.all(in: configuration, context) : nil
        if let sources { SourceStatus.show(sources, on: context.output) }
        var findings: [ExitStatus] = []
        if sources?.contains(where: \.isUnreadable) ?? false { findings.append(.sourceUnreadable) }
        if status.isBehind { findings.append(.replicaBehind) }
        if status.isDamaged { findings.append(.damaged) }
        return CommandOutcome(ExitStatus.highest(of: findings), summary: Summary(status, sources))
    }

    private static func text(_ status: VaultStatus) -> String {
        var lines = ["vault \(status.vault)"]
        if let key = status.signingKey { lines.append("signing key \(key.bytes.hex)") }
        lines.append("")
        if status.collections.isEmpty { lines.append("  nothing is stored yet") }
        lines += table(
            status.collections.map { collection in
                [
                    singleLine(collection.name), collection.snapshot.short,
                    "\(HumanReadable.count(collection.fileCount, "file"))",
                    HumanReadable.bytes(Int(clamping: collection.byteCount)),
                    collection.snapshot.time.iso8601,
                    HumanReadable.count(collection.snapshotCount, "snapshot"),
                    collection.unreadableCount == 0
                        ? ""
                        : HumanReadable.count(collection.unreadableCount, "file")
                            + " could not be read whole",
                ]
            })
        lines.append("")
        lines += replicas(status.replicas)
        lines += status.sharedPlaces.map { "  \($0.joined(separator: " and ")) are one place, and one copy" }
        if let dead = status.deadSpace, let text = deadText(dead) { lines += ["", "  " + text] }
        lines += ["", "  " + drillText(status.lastDrill)]
        if status.kitTested == nil {
            lines.append("")
            lines.append(
                "  the emergency kit was never tested: photobackup kit prints it, photobackup kit verify tests it"
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func drillText(_ drill: DrillRecord?) -> String {
        guard let drill else { return "no file was ever restored as a test: photobackup drill does that" }
        let time = UTCTime(secondsSince1970: drill.time).iso8601
        guard drill.failed.isEmpty else {
            return "the last drill, \(time), failed at \(drill.failed.joined(separator: ", "))"
        }
        return "the last drill, \(time): \(HumanReadable.count(drill.files, "file")) came back from "
            + drill.proved.joined(separator: ", ")
    }

    private static func deadText(_ dead: DeadSpace) -> String? {
        var parts: [String] = []
        if dead.insidePacks > 0 {
            parts.append(
                "\(HumanReadable.bytes(Int(clamping: dead.insidePacks))) inside living packs are needed no more"
            )
        }
        if dead.waiting > 0 {
            parts.append("\(HumanReadable.bytes(Int(clamping: dead.waiting))) wait to be deleted")
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ") + ", as of \(dead.time.iso8601)"
    }

    /// A line each, and what is wrong below it.
    private static func replicas(_ replicas: [VaultStatus.Replica]) -> [String] {
        let indent = String(repeating: " ", count: (replicas.map(\.name.count).max() ?? 0) + 4)
        let wrongs = replicas.map(wrongs)
        let rows = table(
            replicas.map { [$0.name, isWhole($0) ? "whole" : "not whole", verified($0)] })
        return zip(rows, wrongs).flatMap { row, wrongs in [row] + wrongs.map { indent + $0 } }
    }

    private static func isWhole(_ replica: VaultStatus.Replica) -> Bool {
        replica.objectsStale == 0 && replica.standing.isWhole
    }

    private static func wrongs(_ replica: VaultStatus.Replica) -> [String] {
        let stale = HumanReadable.count(replica.objectsStale, "object")
        return (replica.objectsStale > 0 ? ["stale: \(stale) that it had before are not there"] : [])
            + (replica.standing.isWhole && replica.standing.expiry == nil ? [] : [replica.standing.line])
            + (replica.missingLock.map { ["lock_days protects nothing there: \($0)"] } ?? [])
            + (replica.standing.cure.map { ["hint: \(singleLine($0))"] } ?? [])
    }

    /// The last look, and since when all of it was looked at more deeply; less deep ones that are no newer add nothing.
    private static func verified(_ replica: VaultStatus.Replica) -> String {
        guard let last = replica.lastVerified else { return "never verified" }
        var parts = ["verified \(last.time.iso8601) (\(last.level))"]
        var newest: UTCTime?
        for (level, since) in replica.verified.sorted(by: { $0.key > $1.key }) where level > last.level {
            guard newest.map({ $0 < since }) ?? true else { continue }
            newest = since
            parts.append("all of it since \(since.iso8601) (\(level))")
        }
        return parts.joined(separator: ", ")
    }

    private struct Summary: Encodable {
        struct Collection: Encodable {
            let name: String
            let snapshotId: String
            let time: String
            let host: String
            let files: Int
            let bytes: UInt64
            let filesUnreadable: Int
            let snapshots: Int
        }

        struct Replica: Encodable {
            let name: String
            let reachable: Bool
            let packsMissing: Int
            let bytesMissing: Int64
            let objectsMissing: Int
            let objectsStale: Int
            let damaged: Int
            let away: Bool
            let missingLock: String?
            let behindSince: String?
            let reason: String?
            let expiry: String?
            let lastVerified: String?
            let lastVerifiedLevel: String?
            let verified: [String: String]
        }

        let vault: String
        let signingKey: String?
        let collections: [Collection]
        let replicas: [Replica]
        let bytesDead: Int64?
        let bytesWaiting: Int64?
        let bytesDeadAt: String?
        let kitTested: String?
        let lastDrill: DrillRecord?
        let sharedPlaces: [[String]]
        /// Where they were asked for.
        let sources: [SourceStatus]?

        init(_ status: VaultStatus, _ sources: [SourceStatus]?) {
            self.sources = sources
            vault = status.vault.hex
            signingKey = status.signingKey?.bytes.hex
            (bytesDead, bytesWaiting) = (status.deadSpace?.insidePacks, status.deadSpace?.waiting)
            bytesDeadAt = status.deadSpace?.time.iso8601
            kitTested = status.kitTested?.iso8601
            lastDrill = status.lastDrill
            sharedPlaces = status.sharedPlaces
            collections = status.collections.map {
                Collection(
                    name: $0.name, snapshotId: $0.snapshot.description, time: $0.snapshot.time.iso8601,
                    host: $0.host, files: $0.fileCount, bytes: $0.byteCount,
                    filesUnreadable: $0.unreadableCount, snapshots: $0.snapshotCount)
            }
            replicas = status.replicas.map {
                Replica(
                    name: $0.name, reachable: $0.isReachable, packsMissing: $0.packsMissing,
                    bytesMissing: $0.standing.bytesMissing, objectsMissing: $0.objectsMissing,
                    objectsStale: $0.objectsStale, damaged: $0.standing.damageCount, away: $0.standing.isAway,
                    missingLock: $0.missingLock,
                    behindSince: $0.standing.behindSince?.iso8601, reason: $0.standing.reason,
                    expiry: $0.standing.expiry?.text,
                    lastVerified: $0.lastVerified?.time.iso8601,
                    lastVerifiedLevel: $0.lastVerified?.level.rawValue,
                    verified: Dictionary(
                        uniqueKeysWithValues: $0.verified.map { ($0.key.rawValue, $0.value.iso8601) }))
            }
        }
    }
}
