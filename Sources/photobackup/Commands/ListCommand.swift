internal import ArgumentParser
internal import Backup
internal import Terminal
internal import Vault

/// Lists what is in a snapshot.
struct ListCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the files in a snapshot.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var machine: HostOption

    @Argument(
        help: ArgumentHelp(
            "The collection, and a snapshot if not the newest.", valueName: "collection[@snapshot]"))
    var snapshot: String
    @Argument(help: "Files and folders inside the snapshot; everything, if none is named.")
    var paths: [String] = []
    @Flag(name: .shortAndLong, help: "Show mode, size and time too.") var long = false
    @Flag(help: "Show the files of one picture (RAW, JPEG, sidecars, a live photo's film) in one line.")
    var group = false
    @Flag(help: "With a file of a picture, its others too.") var wholeGroup = false

    func validate() throws {
        guard !(long && group) else { throw ValidationError("--long and --group exclude each other") }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        var selection = EntrySelection(paths: try paths.map(EntryPath.init(argument:)))
        selection.takesWholeGroups = wholeGroup
        var snapshot = SnapshotSelection(snapshot)
        snapshot.host = machine.host
        let output = context.output
        var count = 0
        var groups = GroupLines()
        func show(_ entry: Entry) {
            count += 1
            if group, output.format == .text {
                for line in groups.add(entry) { output.result("group", line, text: line) }
            } else {
                output.result(
                    "entry", EntryRow(entry), text: long ? EntryRow.longLine(entry) : EntryRow.line(entry))
            }
        }
        let found: FoundSnapshot
        if let shared = try await context.sharedCollection(snapshot.collection) {
            found = try await shared.list(snapshot, selection, warn: context.warning, onEntry: show)
        } else {
            let vault = try await context.vaultAccess(context.configuration(), waitsForAll: false).open()
            found = try await vault.list(snapshot, selection, warn: context.warning, onEntry: show)
        }
        for line in groups.end() { output.result("group", line, text: line) }
        let status = output.tell(found.missing)
        return CommandOutcome(
            status != .done ? status : found.passedOver.isEmpty ? .done : .damaged,
            summary: Summary(entries: count))
    }

    private struct Summary: Encodable {
        let entries: Int
    }
}
