internal import Crypto
internal import ObjectStore
internal import Vault

/// What a run would come to, and whether it must be refused: a dry run shows it, and the run itself asks for it before
/// anything is sent.
struct Forecast: Sendable {
    /// What a snapshot would hold, and what an archive cannot take in.
    let scan: ScanResult
    let bytesToRead: Int
    /// Files of an archive that need not be read again.
    let compared: ComparedFiles

    /// Walks the sources, and counts by what the file system tells of each file.
    ///
    /// - Throws: `SourceError`, `CatalogError`, `CancellationError`.
    static func counting(
        _ request: BackupRequest, _ row: CatalogCollection, in vault: OpenVault
    ) async throws -> Forecast {
        try await onItsOwnThread { stop in
            let sink = ForecastSink(vault: vault, rules: request.rules, stop: stop)
            return try sink.run(request, row)
        }
    }

    /// The same, and reads those files whose place in an archive is taken by a file of their size: nothing else tells
    /// whether that is the same one.
    ///
    /// - Throws: as `counting`.
    static func comparing(
        _ request: BackupRequest, _ row: CatalogCollection, in vault: OpenVault, progress: RunProgress
    ) async throws -> Forecast {
        guard request.rules.keepsAbsent, request.rules.onConflict == .refuse else {
            return try await counting(request, row, in: vault)
        }
        return try await onItsOwnThread { stop in
            let sink = ForecastSink(vault: vault, rules: request.rules, stop: stop)
            sink.comparison = try BaseComparison(vault: vault, row, progress: progress, stop: stop)
            return try sink.run(request, row)
        }
    }

    private static func onItsOwnThread(
        _ body: @escaping @Sendable (StopFlag) throws -> Forecast
    ) async throws -> Forecast {
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await BlockingWork.run { try body(stop) }
        } onCancel: {
            stop.set()
        }
    }
}

/// Counts what a scan meets. Used by one thread.
final class ForecastSink: ScanSink {
    private let vault: OpenVault
    private let rules: ScanRules
    private let stop: StopFlag
    private var result = ScanResult()
    private var bytesToRead: UInt64 = 0
    /// nil: files are not compared.
    var comparison: BaseComparison?

    init(vault: OpenVault, rules: ScanRules, stop: StopFlag) {
        self.vault = vault
        self.rules = rules
        self.stop = stop
    }

    /// Blocks.
    func run(_ request: BackupRequest, _ row: CatalogCollection) throws -> Forecast {
        try CollectionScan(vault: vault, collection: row, rules: rules, sink: self)
            .run(TreeWalk(roots: request.sources, excludes: request.excludes, own: vault.ownPlaces))
        return Forecast(
            scan: result, bytesToRead: Int(clamping: bytesToRead),
            compared: comparison?.same ?? ComparedFiles())
    }

    func countUnmodified() { result.counts.filesUnmodified += 1 }

    func countKept(_ kind: Entry.Kind, size: UInt64) { result.counts.add(kind, size: size) }

    func countKept(_ kind: Entry.Kind, size: UInt64, ofOther root: EntryPath) {
        result.counts.others[root, default: EntryCounts()].add(kind, size: size)
    }

    func countRemoved(_ kind: Entry.Kind) { result.counts.removed.add(kind) }

    func addConflict(_ conflict: ArchiveConflict) { result.conflicts.append(conflict) }

    func addLeftOut(_ path: EntryPath, _ what: String) { result.leaveOut(path, what) }

    func countNoLoss(_ kind: Entry.Kind, size: UInt64) { result.noLoss.add(kind, size: size) }

    func addUnreadable(_ path: EntryPath, _ reason: String) {
        result.unreadable.append(Snapshot.Unreadable(path: path, reason: reason))
    }

    func addIncomplete(_ path: EntryPath, _ reason: String) {
        result.incomplete.append(Snapshot.Unreadable(path: path, reason: reason))
    }

    func countSpecial(_ kind: FileStatus.Kind) { result.specialFiles[kind, default: 0] += 1 }

    func read(_ database: DatabaseRead) throws {
        try stop.check()
        for member in database.members {
            guard let status = member.status else { continue }
            result.counts.add(.file, size: status.size)
            bytesToRead = bytesToRead.heldSum(status.size)
            if member.isUnwritten {
                result.counts.filesUnmodified += 1
            } else if member.isInBase {
                result.counts.filesChanged += 1
            } else {
                result.counts.filesNew += 1
            }
        }
    }

    func allowCheckpoints(_ areAllowed: Bool) {}

    func closeFolders() {}

    func read(
        _ file: FileRead, isInBase: Bool, besides current: PageEdits, before rest: ArraySlice<BasePage>
    ) throws {
        try stop.check()
        result.counts.add(.file, size: file.status.size)
        // What is compared is counted then.
        if isInBase, comparison != nil { return }
        bytesToRead = bytesToRead.heldSum(file.status.size)
        if file.isUnwritten {
            result.counts.filesUnmodified += 1
        } else if isInBase {
            result.counts.filesChanged += 1
        } else {
            result.counts.filesNew += 1
        }
    }

    func add(_ edits: PageEdits) throws {
        try stop.check()
        for case .put(let reading) in edits.edits { result.counts.add(reading.entry.kind, size: 0) }
        for (path, outcome) in try comparison?.compare(edits, by: rules) ?? [] {
            switch outcome {
            case .same: result.counts.filesUnmodified += 1
            case .conflict: result.conflicts.append(ArchiveConflict(path, .content))
            case .unreadable(let reason): addUnreadable(path, reason)
            }
        }
    }
}

/// Compares what an archive meets with what the base has of the same paths. Used by one thread.
final class BaseComparison {
    enum Outcome {
        case same
        case conflict
        case unreadable(String)
    }

    private let vault: OpenVault
    private let doomed: DoomedPacks
    private let progress: RunProgress
    private let stop: StopFlag
    private let metadata = MetadataReader()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Format.chunkByteCount, alignment: 64)
    private(set) var same = ComparedFiles()

    init(vault: OpenVault, _ row: CatalogCollection, progress: RunProgress, stop: StopFlag) throws {
        self.vault = vault
        self.progress = progress
        self.stop = stop
        doomed = try DoomedPacks(of: row, in: vault.catalog, replicas: vault.catalogReplicas)
    }

    deinit { buffer.deallocate() }

    /// The paths among the edits that the base has too, and what comparing them has led to. Blocks.
    func compare(_ edits: PageEdits, by rules: ScanRules) throws -> [(EntryPath, Outcome)] {
        guard let base = edits.base, edits.edits.contains(where: { Self.isCompared($0) }) else { return [] }
        guard let sealed = try vault.catalog.sealedPage(base.id) else {
            throw vault.catalog.damage("a page of the last snapshot is missing")
        }
        let before = Dictionary(uniqueKeysWithValues: try vault.open(sealed, base.page).map { ($0.path, $0) })
        var outcomes: [(EntryPath, Outcome)] = []
        for edit in edits.edits {
            switch edit {
            case .put(let reading):
                let entry = reading.entry
                if let before = before[entry.path], rules.refuses(entry, before: before) {
                    outcomes.append((entry.path, .conflict))
                }
            case .file(let file):
                // What is no file there has been refused already, or is replaced.
                if let before = before[file.path], before.kind == .file,
                    let outcome = try compare(file, with: before)
                {
                    outcomes.append((file.path, outcome))
                }
            case .member(let database, let number):
                let member = database.members[number]
                if let before = before[member.path], try differs(member, in: database.folder, from: before) {
                    outcomes.append((member.path, .conflict))
                }
            case .remove, .refresh: break
            }
        }
        return outcomes
    }

    private static func isCompared(_ edit: PageEdits.Edit) -> Bool {
        switch edit {
        case .file, .member: true
        case .put(let reading): reading.entry.kind == .symbolicLink
        case .remove, .refresh: false
        }
    }

    /// Whether a part of a database is another than the base's: by its size, or, of a main file that holds still, by its
    /// bytes. What moves, and logs, are for the run itself, which reads them together.
    private func differs(
        _ member: DatabaseRead.Member, in folder: DirectoryHandle, from before: Entry
    ) throws -> Bool {
        guard let status = member.status else { return false }
        guard status.size == before.size else { return true }
        guard member.log == nil, !member.isUnwritten, let file = try? OpenFile(member.name, in: folder) else {
            return false
        }
        var mac = HMACSHA256(key: vault.keys.contentKey)
        var ids: [SHA256Digest] = []
        var offset: UInt64 = 0
        let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<member.kind.chunkByteCount])
        while offset < status.size {
            try stop.check()
            guard let count = try? file.read(into: piece, at: offset), count > 0 else { return false }
            mac.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            ids.append(mac.finalize())
            offset += UInt64(count)
            progress.read(byteCount: count)
        }
        return (try? file.status()) == status && !before.hasContent(ids, keys: vault.keys)
    }

    /// nil for a file that is gone, or moves: the run itself sees what becomes of it.
    private func compare(_ file: FileRead, with before: Entry) throws -> Outcome? {
        guard file.status.size == before.size else { return .conflict }
        var mac = HMACSHA256(key: vault.keys.contentKey)
        for part in 0..<file.partCount {
            try stop.check()
            let (byteCount, _) = try file.readPart(part, into: buffer, metadata: metadata) { bytes in
                mac.update(bytes)
                return PendingChunk(id: mac.finalize())
            }
            progress.read(byteCount: byteCount)
        }
        switch file.outcome {
        case .read(let entry, let chunks, let openedAt, _):
            guard before.hasContent(chunks.map(\.id), keys: vault.keys) else { return .conflict }
            // What is to go from the vault has to be read, and stored anew.
            if try !doomed.hold(before) {
                same.add(file.path, file.status, row: EntryStatus(entry, openedAt: openedAt))
            }
            return .same
        case .unreadable(let reason): return .unreadable(reason)
        case .changed, .vanished, nil: return nil
        }
    }
}
