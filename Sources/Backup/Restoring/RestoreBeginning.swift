internal import ObjectStore
internal import Vault

/// The first half of a restore, in the order of the snapshot: finds each entry's place, makes folders and links, and
/// gives the files whose content is to be fetched.
struct RestoreBeginning {
    typealias Wanted = (file: RestoringFile, references: [Reference])

    let request: RestoreRequest
    /// nil for a dry run whose destination is not there.
    let target: RestoreTarget?
    let report: RestoreReport
    let comparison: ContentComparison
    private let names: RestoreNames?
    private var hardLinks: HardLinks

    init(
        _ request: RestoreRequest, target: RestoreTarget?, report: RestoreReport,
        comparison: ContentComparison
    ) {
        self.request = request
        self.target = target
        self.report = report
        self.comparison = comparison
        names = target.map { RestoreNames($0, isWalk: true) }
        hardLinks = HardLinks()
    }

    /// Blocks.
    ///
    /// - Throws: `RestoreError` with `outOfSpace`, which ends the whole restore; every other failure is reported.
    mutating func begin(_ batch: [RestoreBatches.Item]) throws -> [Wanted] {
        var files: [Wanted] = []
        for item in batch {
            do throws(RestoreError) {
                if let file = try begin(item) { files.append(file) }
            } catch {
                try tell(error, of: item.entry)
            }
        }
        return files
    }

    /// Gives the other names of files that are there now, and returns the files that are to be fetched for want of
    /// links. Blocks.
    mutating func makeHardLinks() throws -> [Wanted] {
        guard let target else { return [] }
        var files: [Wanted] = []
        var byteCount: UInt64 = 0
        for link in hardLinks.takeOthers() {
            do throws(RestoreError) {
                let made = try target.makeHardLink(link)
                if let made {
                    report.linked(link.item.entry)
                    if made.name != link.item.entry.path.name {
                        report.renamed(link.item.entry.path, to: made)
                    }
                    continue
                }
                byteCount = byteCount.heldSum(link.item.entry.size)
                if let file = try file(link.item, at: link.path, replacing: link.isReplacing) {
                    files.append(file)
                }
            } catch {
                try tell(error, of: link.item.entry)
            }
        }
        if !files.isEmpty {
            report.warn(
                files.count == 1 ? "1 hard link" : "\(files.count) hard links",
                "the file system there makes none: files of their own take \(byteCount) bytes more")
        }
        return files
    }

    private mutating func begin(_ item: RestoreBatches.Item) throws(RestoreError) -> Wanted? {
        let entry = item.entry
        let isSame = { [comparison] in comparison.isSame($0, as: entry, references: item.references) }
        guard let target, let names else {
            hardLinks.isOther(item) ? report.linked(entry) : report.restored(entry)
            return nil
        }
        let place: RestoreNames.Place
        do throws(RestoreError) {
            place = try names.place(entry, isSame: isSame)
        } catch {
            // What its owner has closed is opened by the restore itself.
            guard request.isDryRun, error.code == .accessDenied else { throw error }
            report.restored(entry)
            return nil
        }
        if isSame(place.existing) {
            report.skipped(entry)
            if place.path != names.ownPath(of: entry) { report.renamed(entry.path, to: place.path) }
            hardLinks.isThere(item, at: place.path)
            return nil
        }
        if let obstacle = Obstacle(place.existing, for: entry),
            !(obstacle.isReplaceable && place.isReplaceable && request.overwrites)
        {
            report.conflict(
                entry.path, reason: obstacle.reason,
                hint: obstacle.isReplaceable && place.isReplaceable
                    ? "--overwrite replaces it" : Obstacle.remedy)
            return nil
        }
        if request.isDryRun {
            hardLinks.isOther(item) ? report.linked(entry) : report.restored(entry)
            return nil
        }
        return try make(item, at: place, target, names)
    }

    private mutating func make(
        _ item: RestoreBatches.Item, at place: RestoreNames.Place, _ target: RestoreTarget,
        _ names: RestoreNames
    ) throws(RestoreError) -> Wanted? {
        let entry = item.entry
        let isReplacing = place.existing.isThere
        switch entry.kind {
        case .directory:
            let path = try makeFolder(entry, at: place.path, target, names)
            if path.name != entry.path.name { report.renamed(entry.path, to: path) }
        case .symbolicLink:
            let (path, warnings) = try target.makeLink(
                entry, at: place.path, replacing: isReplacing, orAnotherName: !isReplacing)
            for warning in warnings { report.warn(warning) }
            report.restored(entry)
            if path.name != entry.path.name { report.renamed(entry.path, to: path) }
        case .file:
            if hardLinks.waits(item, at: place.path, replacing: isReplacing) { return nil }
            return try file(item, at: place.path, replacing: isReplacing)
        }
        return nil
    }

    private func makeFolder(
        _ entry: Entry, at path: EntryPath, _ target: RestoreTarget, _ names: RestoreNames
    ) throws(RestoreError) -> EntryPath {
        do throws(RestoreError) {
            try target.makeDirectory(entry, at: path)
            return path
        } catch {
            guard error.code == .refusedName else { throw error }
            let other = try names.otherPlace(for: entry, than: path).path
            try target.makeDirectory(entry, at: other)
            return other
        }
    }

    /// The file, if there is content to be fetched for it.
    private func file(
        _ item: RestoreBatches.Item, at path: EntryPath, replacing: Bool
    ) throws(RestoreError) -> Wanted? {
        guard let target else { return nil }
        let byteCount = item.references.reduce(UInt64(0)) { $0 + UInt64($1.plaintextByteCount) }
        guard byteCount == item.entry.size else {
            report.failed(item.entry.path, "its content does not add up to its size")
            return nil
        }
        let file = RestoringFile(
            item.entry, at: path, replacing: replacing, target: target, report: report)
        guard item.references.isEmpty else { return (file, item.references) }
        try file.write(UnsafeRawBufferPointer(start: nil, count: 0), at: 0)
        return nil
    }

    private func tell(_ error: RestoreError, of entry: Entry) throws {
        switch error.code {
        case .outOfSpace: throw error
        case .occupied: report.conflict(entry.path, reason: error.reason, hint: Obstacle.remedy)
        case .noLinks: report.conflict(entry.path, reason: error.reason)
        default: report.failed(entry.path, error.reason)
        }
    }
}
