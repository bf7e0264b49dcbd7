public import ArgumentParser
public import Backup
internal import ObjectStore
internal import Terminal
internal import Vault

/// Finds files in snapshots.
struct FindCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find files by name, date taken, camera, size and state.",
        discussion: """
            Looks into the newest snapshot of every collection, or into those that are named. What is asked for must \
            hold together; of several names, one. What a camera wrote is read from the files on this disk, where the \
            configuration says that they are, once; with --fetch from a provider where they are not.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var machine: HostOption

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
    @Option(
        help: ArgumentHelp(
            "Taken on that day or later, by the camera's clock: 2026-11-21.", valueName: "time"))
    var takenAfter: TimeArgument?
    @Option(help: ArgumentHelp("Taken by the end of that day, by the camera's clock.", valueName: "time"))
    var takenBefore: TimeArgument?
    @Option(help: ArgumentHelp("A part of the camera's maker and model: 'z 8'.", valueName: "name"))
    var camera: String?
    @Flag(help: "Fetch the beginning of pictures that are not on this disk, up to 4 MiB of each.") var fetch =
        false
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
        let configuration = try context.configuration()
        let vault = try await context.vaultAccess(configuration, waitsForAll: false).open()
        let look = PictureLook(configuration, fetches: fetch)
        let output = context.output
        // Which replica has what is as fresh as this.
        let collections = Set(try await vault.snapshots(warn: context.warning).map(\.collection))
        let places =
            snapshots.isEmpty
            ? collections.sorted().map { SnapshotSelection(collection: $0) }
            : snapshots.map { SnapshotSelection($0) }
        var summary = Summary()
        // What is named besides is looked through all the same.
        var isUnknown = false
        var isDamaged = false
        // A path is missing that no collection has.
        var missing: [EntryPath: MissingPath] = [:]
        var found: Set<EntryPath> = []
        for var place in places {
            place.host = machine.host
            guard collections.contains(place.collection) else {
                output.error(unknownCollection(place.collection, among: collections))
                isUnknown = true
                continue
            }
            let result: FindResult
            do {
                result = try await vault.find(filter, in: place, selection, look: look, warn: context.warning)
                {
                    file, id in
                    summary.add(file)
                    show(file, of: place.collection, id, on: output)
                }
            } catch let error as SelectionError where places.count > 1 {
                output.error(
                    Diagnostic(
                        what: singleLine(place.collection), why: error.description, hint: error.hint))
                isUnknown = true
                continue
            }
            isDamaged = isDamaged || !result.snapshot.passedOver.isEmpty
            summary.picturesUnknown += result.unknownPictures
            for path in result.snapshot.missing where missing[path.path]?.nearest.isEmpty ?? true {
                missing[path.path] = path
            }
            found.formUnion(Set(selection.paths).subtracting(result.snapshot.missing.map(\.path)))
        }
        if summary.picturesUnknown > 0 {
            output.warning(
                Diagnostic(
                    what: "find",
                    why:
                        "\(HumanReadable.count(summary.picturesUnknown, "picture")) could not be looked into: they "
                        + "are not on this disk",
                    hint: "--fetch reads them from a provider, up to 4 MiB of each, once"))
        }
        let status = output.tell(
            missing.values.filter { !found.contains($0.path) }.sorted { $0.path < $1.path })
        return CommandOutcome(
            isUnknown ? .failed : status != .done ? status : isDamaged ? .damaged : .done, summary: summary)
    }

    private func unknownCollection(_ name: String, among collections: Set<String>) -> Diagnostic {
        let nearest = NearestNames.of(name, in: Array(collections)).map { "'\(singleLine($0))'" }
        return Diagnostic(
            what: "find", why: "there is no collection '\(singleLine(name))'",
            hint: nearest.isEmpty
                ? "photobackup find --name '\(singleLine(name))' looks for files of that name in all of them"
                : "did you mean \(nearest.joined(separator: " or "))?")
    }

    private func filter() throws -> FileFilter {
        var filter = FileFilter()
        filter.names = name
        let (least, most) = (larger?.value ?? 0, smaller?.value ?? .max)
        guard least <= most else { throw ValidationError("nothing is larger than --smaller says") }
        filter.sizes = least...most
        let seconds = try Self.span(after, before, "--after", "--before")
        filter.modified = Self.nanoseconds(seconds.lowerBound)...Self.nanoseconds(seconds.upperBound)
        if takenAfter != nil || takenBefore != nil {
            filter.taken = try Self.span(takenAfter, takenBefore, "--taken-after", "--taken-before")
        }
        filter.camera = camera
        filter.state = state
        return filter
    }

    /// In seconds.
    private static func span(
        _ after: TimeArgument?, _ before: TimeArgument?, _ first: String, _ last: String
    ) throws -> ClosedRange<Int64> {
        let (least, end) = (after?.first ?? .min, before?.end ?? .max)
        guard least < end else { throw ValidationError("nothing is after \(first) and before \(last)") }
        return least...(end - 1)
    }

    /// What an Int64 cannot hold, from the year 2262 on, is at its bounds, as it is in a snapshot.
    private static func nanoseconds(_ seconds: Int64) -> Int64 {
        let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : value
    }

    private func show(_ file: FoundFile, of collection: String, _ snapshot: SnapshotID, on output: Output) {
        var row = EntryRow(file.entry)
        row.collection = collection
        row.snapshotId = snapshot.description
        row.replicas = file.replicas
        row.taken = file.picture?.taken.map { String(UTCTime(secondsSince1970: $0).iso8601.dropLast()) }
        row.camera = file.picture?.camera
        let place = snapshots.count == 1 ? "" : "\(singleLine(collection)): "
        output.result(
            "entry", row, text: place + (long ? EntryRow.longLine(file.entry) : EntryRow.line(file.entry)))
    }

    private struct Summary: Encodable {
        var files = 0
        var bytes: UInt64 = 0
        var picturesUnknown = 0

        mutating func add(_ file: FoundFile) {
            files += 1
            bytes = bytes.heldSum(file.entry.size)
        }
    }
}

extension FileFilter.State: ExpressibleByArgument {}
