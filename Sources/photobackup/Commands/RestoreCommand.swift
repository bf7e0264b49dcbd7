internal import ArgumentParser
internal import Backup
internal import Replicator
internal import Sharing
internal import Terminal
internal import Vault

/// Brings back a snapshot, or parts of it.
struct RestoreCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring back a snapshot, or parts of it.",
        discussion: """
            What is in the folder already with the same content is left, so that an interrupted restore goes on \
            where it was.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var kit: KitOptions
    @OptionGroup var expected: ExpectedHeadOption
    @OptionGroup var machine: HostOption

    @Argument(
        help: ArgumentHelp(
            "The collection, and a snapshot if not the newest.", valueName: "collection[@snapshot]"))
    var snapshot: String
    @Argument(help: "Files and folders inside the snapshot; everything, if none is named.")
    var paths: [String] = []
    @Option(name: .customLong("to"), help: ArgumentHelp("The folder to restore into.", valueName: "folder"))
    var destination: String
    @Option(
        name: .customLong("at"),
        help: ArgumentHelp(
            "The newest snapshot of that time: 2026-11-21, or with T17:28:00Z.", valueName: "time"))
    var time: TimeArgument?
    @Option(
        name: .customLong("from"), help: ArgumentHelp("The provider to ask first.", valueName: "provider"))
    var provider: String?
    @Option(help: ArgumentHelp("Only files that match, as in .gitignore.", valueName: "pattern"))
    var include: [String] = []
    @Option(help: ArgumentHelp("Leave out what matches, as in .gitignore.", valueName: "pattern"))
    var exclude: [String] = []
    @Flag(help: "With a file of a picture, its others too: RAW, JPEG, sidecars, a live photo's film.")
    var wholeGroup = false
    @Flag(help: "Replace files that are there with other content.") var overwrite = false
    @Flag(
        inversion: .prefixedNo,
        help: "Read back what was written, and compare; without this option, on FUSE file systems alone.")
    var verify: Bool?
    @Flag(help: "Ask for what is in cold storage, which the provider bills, and wait for it.")
    var wait = false
    @Flag(name: [.customShort("n"), .long], help: "Show what would be restored, and write nothing.")
    var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        var selection = SnapshotSelection(snapshot)
        selection.notAfter = time?.value
        selection.host = machine.host
        var request = RestoreRequest(
            snapshot: selection,
            entries: EntrySelection(
                paths: try paths.map(EntryPath.init(argument:)), includes: try ExcludePatterns(include),
                excludes: try ExcludePatterns(exclude)),
            destination: destination, preferredProvider: provider, overwrites: overwrite)
        request.isDryRun = dryRun
        request.readsBack = verify
        request.entries.takesWholeGroups = wholeGroup
        let counts: RestoreReport.Counts
        if let shared = try await context.sharedCollection(selection.collection) {
            counts = try await restore(request, from: shared, in: context)
        } else {
            let access = try await context.vaultAccess(
                context.configuration(), waitsForAll: false, wrappedKey: kit.key(in: context))
            if wait, !dryRun {
                try await access.thawLists { Self.showThaw($0, of: "object", on: context.output) }
            }
            let vault = try await access.open()
            counts = try await restore(request, from: vault, in: context)
        }
        if counts.filesFailed > 0, !counts.coldPacks.isEmpty {
            context.output.warning(
                Diagnostic(
                    what: "cold storage",
                    why: "\(HumanReadable.count(counts.coldPacks.count, "pack")) are in no replica "
                        + "that can be read now",
                    hint: "--wait asks for them, which the provider bills, and waits; that takes hours"))
        }
        context.output.information(
            """
            \(dryRun ? "would restore" : "restored") \(HumanReadable.count(counts.filesRestored, "file")), \
            \(HumanReadable.bytes(Int(clamping: counts.bytesWritten))), into \(singleLine(destination)); \
            \(HumanReadable.count(counts.filesSkipped)) were there already
            """)
        var findings: [ExitStatus] = []
        if counts.conflicts + counts.filesRenamed + counts.attributesLost > 0 {
            findings.append(.sourceUnreadable)
        }
        if counts.snapshotsPassedOver > 0 { findings.append(.damaged) }
        return CommandOutcome(
            counts.filesFailed > 0 ? .failed : ExitStatus.highest(of: findings), summary: Summary(counts))
    }

    private func restore(
        _ request: RestoreRequest, from vault: OpenVault, in context: CommandContext
    ) async throws -> RestoreReport.Counts {
        _ = try vault.replicas.place(ofProvider: provider)
        if let head = expected.head { try await vault.require(head, warn: context.warning) }
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        return try await context.withProgress(of: vault, progress) {
            let notify = { @Sendable notice in Self.show(notice, on: context.output) }
            guard wait, !dryRun else {
                return try await vault.restore(
                    request, progress: progress, notify: notify, warn: context.warning)
            }
            return try await vault.restoreFromColdStorage(
                request, progress: progress, notify: notify, warn: context.warning,
                onWaiting: { Self.showThaw($0, on: context.output) })
        }
    }

    /// Of what somebody else has shared: who only reads cannot ask for what is in cold storage, and has no memory that
    /// a head could be looked for in.
    private func restore(
        _ request: RestoreRequest, from shared: SharedCollection, in context: CommandContext
    ) async throws -> RestoreReport.Counts {
        guard !wait, expected.head == nil else {
            throw CommandError(
                .usage, what: "usage",
                why: "--wait and --expect-head are for collections of one's own vault")
        }
        _ = try shared.replicas.place(ofProvider: provider)
        let progress = RunProgress(replicaCount: shared.replicas.stores.count)
        return try await context.withProgress(of: shared.replicas, progress) {
            try await shared.restore(
                request, progress: progress, notify: { Self.show($0, on: context.output) },
                warn: context.warning)
        }
    }

    private static func showThaw(_ thaw: ThawProgress, of what: String = "pack", on output: Output) {
        output.information(
            """
            cold storage: \(HumanReadable.count(thaw.readableCount)) of \
            \(HumanReadable.count(thaw.packCount, what)) can be read
            """)
    }

    private static func show(_ notice: RestoreReport.Notice, on output: Output) {
        switch notice {
        case .failed(let path, let reason):
            output.error(Diagnostic(what: FileName(path.bytes).text, why: "not restored: \(reason)"))
        case .conflict(let path, let reason, let hint):
            output.warning(
                Diagnostic(what: FileName(path.bytes).text, why: "left alone: \(reason)", hint: hint))
        case .renamed(let path, let other):
            output.warning(
                Diagnostic(
                    what: FileName(path.bytes).text,
                    why:
                        "restored as \(FileName(other.bytes).text): the file system there refuses its name, or has it for another one"
                ))
        case .warning(let what, let reason):
            output.warning(Diagnostic(what: what, why: "restored, but \(reason)"))
        }
    }

    private struct Summary: Encodable {
        let filesRestored: Int
        let filesSkipped: Int
        let filesFailed: Int
        let filesConflicting: Int
        let filesRenamed: Int
        let bytesWritten: UInt64
        let snapshotsPassedOver: Int

        init(_ counts: RestoreReport.Counts) {
            filesRestored = counts.filesRestored
            filesSkipped = counts.filesSkipped
            filesFailed = counts.filesFailed
            filesConflicting = counts.conflicts
            filesRenamed = counts.filesRenamed
            bytesWritten = counts.bytesWritten
            snapshotsPassedOver = counts.snapshotsPassedOver
        }
    }
}
