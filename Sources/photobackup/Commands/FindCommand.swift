public import ArgumentParser
public import Backup
internal import Terminal
internal import Vault

/// Finds files in snapshots.
struct FindCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find files by name, size, time and state.",
        discussion: """
            Looks into the newest snapshot of every collection, or into those that are named. What is asked for must \
            hold together; of several names, one.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(
        help: ArgumentHelp(
            "Collections, each with a snapshot if not the newest; all, if none is named.",
            valueName: "collection[@snapshot]"))
    var snapshots: [String] = []
    @Option(
        help: ArgumentHelp(
            "Names like this: '*.nef', 'IMG_12??.*'; case does not matter. Can be given several times.",
            valueName: "pattern"))
    var name: [String] = []
    @Option(help: ArgumentHelp("Only below this path; can be given several times.", valueName: "path"))
    var `in`: [String] = []
    @Option(help: ArgumentHelp("At least so many bytes: 20MB.", valueName: "size"))
    var larger: ByteCount?
    @Option(help: ArgumentHelp("At most so many bytes.", valueName: "size")) var smaller: ByteCount?
    @Option(help: ArgumentHelp("Modified on that day or later, in UTC: 2026-11-21.", valueName: "time"))
    var after: TimeArgument?
    @Option(help: ArgumentHelp("Modified by the end of that day, in UTC.", valueName: "time"))
    var before: TimeArgument?
    @Option(
        help: ArgumentHelp(
            "whole: every provider has it; behind: some have it; lost: none has it.", valueName: "state"))
    var state: FileFilter.State?
    @Flag(help: "With a file of a picture, its others too.") var wholeGroup = false
    @Flag(name: .shortAndLong, help: "Show mode, size and time too.") var long = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let filter = try filter()
        var selection = EntrySelection(paths: try `in`.map(EntryPath.init(argument:)))
        selection.takesWholeGroups = wholeGroup
        let vault = try await context.vaultAccess(context.configuration()).open()
        let output = context.output
        // Which replica has what is as fresh as this.
        let collections = Set(try await vault.snapshots(warn: context.warning).map(\.collection))
        let places =
            snapshots.isEmpty
            ? collections.sorted().map { SnapshotSelection(collection: $0) }
            : snapshots.map { SnapshotSelection($0) }
        var summary = Summary()
        var isDamaged = false
        for place in places {
            let found = try await vault.find(filter, in: place, selection, warn: context.warning) {
                file, id in
                summary.add(file)
                show(file, of: place.collection, id, on: output)
            }
            isDamaged = isDamaged || !found.passedOver.isEmpty
        }
        return CommandOutcome(isDamaged ? .damaged : .done, summary: summary)
    }

    private func filter() throws -> FileFilter {
        var filter = FileFilter()
        filter.names = name
        let (least, most) = (larger?.value ?? 0, smaller?.value ?? .max)
        guard least <= most else { throw ValidationError("nothing is larger than --smaller says") }
        filter.sizes = least...most
        let first = after.map {
            $0.isWholeDay ? $0.value.secondsSince1970 - 86_399 : $0.value.secondsSince1970
        }
        let last = before.map { $0.value.secondsSince1970 + 1 }
        let from = first.map { $0 * 1_000_000_000 } ?? .min
        let end = last.map { $0 * 1_000_000_000 } ?? .max
        guard from < end else { throw ValidationError("nothing is after what --before says") }
        filter.modified = from..<end
        filter.state = state
        return filter
    }

    private func show(_ file: FoundFile, of collection: String, _ snapshot: SnapshotID, on output: Output) {
        var row = EntryRow(file.entry)
        row.collection = collection
        row.snapshotId = snapshot.description
        row.replicas = file.replicas
        let place = snapshots.count == 1 ? "" : "\(singleLine(collection)): "
        output.result(
            "entry", row, text: place + (long ? EntryRow.longLine(file.entry) : EntryRow.line(file.entry)))
    }

    private struct Summary: Encodable {
        var files = 0
        var bytes: UInt64 = 0

        mutating func add(_ file: FoundFile) {
            files += 1
            bytes += file.entry.size
        }
    }
}

extension FileFilter.State: ExpressibleByArgument {}
