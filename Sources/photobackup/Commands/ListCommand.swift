internal import ArgumentParser
internal import Backup
internal import Terminal
internal import Vault

/// Lists what is in a snapshot.
struct ListCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the files in a snapshot.")

    @OptionGroup var global: GlobalOptions

    @Argument(
        help: ArgumentHelp(
            "The collection, and a snapshot if not the newest.", valueName: "collection[@snapshot]"))
    var snapshot: String
    @Argument(help: "Files and folders inside the snapshot; everything, if none is named.")
    var paths: [String] = []
    @Flag(name: .shortAndLong, help: "Show mode, size and time too.") var long = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let selection = EntrySelection(paths: try paths.map(EntryPath.init(argument:)))
        let snapshot = SnapshotSelection(snapshot)
        var count = 0
        func show(_ entry: Entry) {
            count += 1
            context.output.result(
                "entry", Row(entry), text: long ? Self.longLine(entry) : Self.line(entry))
        }
        let found: FoundSnapshot
        if let shared = try await context.sharedCollection(snapshot.collection) {
            found = try await shared.list(snapshot, selection, warn: context.warning, onEntry: show)
        } else {
            let vault = try await context.vaultAccess(context.configuration()).open()
            found = try await vault.list(snapshot, selection, warn: context.warning, onEntry: show)
        }
        return CommandOutcome(found.passedOver.isEmpty ? .done : .damaged, summary: Summary(entries: count))
    }

    private static func line(_ entry: Entry) -> String {
        FileName(entry.path.bytes).text + (entry.kind == .directory ? "/" : "")
    }

    private static func longLine(_ entry: Entry) -> String {
        let size = String(entry.size)
        let mode = String(entry.mode, radix: 8)
        let kind = entry.kind == .directory ? "d" : entry.kind == .symbolicLink ? "l" : "-"
        let target = entry.kind == .symbolicLink ? " -> " + FileName(entry.linkTarget).text : ""
        return kind + String(repeating: "0", count: max(0, 4 - mode.count)) + mode
            + String(repeating: " ", count: max(1, 14 - size.count)) + size + "  "
            + UTCTime(secondsSince1970: entry.modified / 1_000_000_000).iso8601 + "  " + line(entry) + target
    }

    private struct Row: Encodable {
        let path: String
        /// The path's bytes, where they are no UTF-8.
        let pathBase64: String?
        let kind: String
        let size: UInt64
        let modified: Int64
        let mode: UInt32

        init(_ entry: Entry) {
            let name = FileName(entry.path.bytes)
            path = name.jsonText
            pathBase64 = name.base64
            kind = entry.kind == .file ? "file" : entry.kind == .directory ? "directory" : "link"
            size = entry.size
            modified = entry.modified
            mode = entry.mode
        }
    }

    private struct Summary: Encodable {
        let entries: Int
    }
}
