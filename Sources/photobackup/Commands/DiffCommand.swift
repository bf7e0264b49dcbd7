internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Terminal
internal import Vault

/// Compares two snapshots, or a snapshot with the disk.
struct DiffCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what changed between two snapshots, or since one on the disk.",
        discussion: """
            With one snapshot: what is on the disk and not in it (+), in the vault alone (-), and what changed. The \
            disk is the collection's sources in the configuration, or what --disk names.

            + added, - removed, M content changed, U only times, modes or a sidecar changed, T another kind of file, \
            ? content changed though size and times did not, ! cannot be read.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var machine: HostOption

    @Argument(
        help: ArgumentHelp(
            "The collection, and a snapshot if not the newest.", valueName: "collection[@snapshot]"))
    var old: String
    @Argument(
        help: ArgumentHelp(
            "The snapshot to compare with, instead of the disk.", valueName: "collection[@snapshot]"))
    var new: String?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Where the folders are now, if not where the configuration says.", valueName: "path"))
    var disk: [String] = []
    @Flag(help: "Read files whose size and times are those of the snapshot too: slow, and finds rot.")
    var readAll = false

    func validate() throws {
        guard new == nil || (disk.isEmpty && !readAll) else {
            throw ValidationError("--disk and --read-all go with one snapshot")
        }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let vault = try await context.vaultAccess(configuration, waitsForAll: false).open()
        var selection = SnapshotSelection(old)
        selection.host = machine.host
        let show = { (difference: Difference) in Self.show(difference, on: context.output) }
        let found: [FoundSnapshot]
        let counts: DifferenceCounts
        if let new {
            var other = SnapshotSelection(new)
            other.host = machine.host
            let comparison = try await vault.compare(
                selection, with: other, warn: context.warning, onDifference: show)
            (found, counts) = ([comparison.old, comparison.new], comparison.counts)
        } else {
            let (sources, excludes) = try sources(of: selection.collection, configuration, context)
            let comparison = try await vault.compare(
                selection, withDisk: sources, excludes: excludes, readsEverything: readAll,
                warn: context.warning, onDifference: show)
            (found, counts) = ([comparison.snapshot], comparison.counts)
        }
        let summary = DifferenceSummary(counts)
        context.output.information(summary.text)
        var findings: [ExitStatus] = []
        if counts[.unreadable] > 0 { findings.append(.sourceUnreadable) }
        if counts[.rot] > 0 || found.contains(where: { !$0.passedOver.isEmpty }) { findings.append(.damaged) }
        return CommandOutcome(ExitStatus.highest(of: findings), summary: summary)
    }

    private func sources(
        of name: String, _ configuration: BackupConfiguration, _ context: CommandContext
    ) throws -> ([SourceRoot], ExcludePatterns) {
        if !disk.isEmpty { return (disk.map { SourceRoot(path: context.absolute($0)) }, .none) }
        guard let collection = configuration.collections.first(where: { $0.name == name }) else {
            throw CommandError(
                .usage, what: "usage", why: "the configuration has no sources of '\(singleLine(name))'",
                hint: "--disk PATH says where its folders are; a second snapshot is compared instead")
        }
        return (
            collection.sources.map(SourceRoot.init),
            try ExcludePatterns(collection.exclude)
        )
    }

    private static func show(_ difference: Difference, on output: Output) {
        let name = FileName(difference.path.bytes).text + (difference.isFolder ? "/" : "")
        let reason = difference.reason.map { ": \($0)" } ?? ""
        output.result(
            "difference", DifferenceRow(difference), text: "\(difference.kind.mark) \(name)\(reason)")
    }
}

extension Difference.Kind {
    /// As restic marks them; `!` is ours.
    fileprivate var mark: String {
        switch self {
        case .added: "+"
        case .removed: "-"
        case .content: "M"
        case .metadata: "U"
        case .type: "T"
        case .rot: "?"
        case .unreadable: "!"
        }
    }
}

private struct DifferenceRow: Encodable {
    let path: String
    let pathBase64: String?
    let change: String
    let group: String?
    let sizeBefore: UInt64?
    let size: UInt64?
    let reason: String?

    init(_ difference: Difference) {
        let name = FileName(difference.path.bytes)
        (path, pathBase64) = (name.jsonText, name.base64)
        change = difference.kind.rawValue
        group = difference.isFolder ? nil : PhotoGroup(difference.path).map { FileName($0.name).jsonText }
        (sizeBefore, size) = (difference.sizeBefore, difference.size)
        reason = difference.reason
    }
}

private struct DifferenceSummary: Encodable {
    let added: Int
    let removed: Int
    let content: Int
    let metadata: Int
    let type: Int
    let rot: Int
    let unreadable: Int
    let unchanged: Int

    init(_ counts: DifferenceCounts) {
        (added, removed) = (counts[.added], counts[.removed])
        (content, metadata, type) = (counts[.content], counts[.metadata], counts[.type])
        (rot, unreadable) = (counts[.rot], counts[.unreadable])
        unchanged = counts.unchanged
    }

    var text: String {
        var text =
            "\(added) added, \(removed) removed, \(content) changed, \(metadata) in metadata only, "
            + "\(unchanged) unchanged"
        if type > 0 { text += ", \(type) of another kind" }
        if rot > 0 { text += ", \(rot) changed though nobody wrote them" }
        if unreadable > 0 { text += ", \(unreadable) that cannot be read" }
        return text
    }
}
