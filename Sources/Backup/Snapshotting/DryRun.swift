internal import Vault

/// Counts what a run would store, by what the file system tells of each file; nothing is read or stored.
final class DryRun: ScanSink {
    private(set) var result = ScanResult()
    private(set) var bytesToRead: UInt64 = 0

    func countUnmodified() { result.counts.filesUnmodified += 1 }

    func countKept(_ kind: Entry.Kind, size: UInt64) { result.counts.add(kind, size: size) }

    func addUnreadable(_ path: EntryPath, _ reason: String) {
        result.unreadable.append(Snapshot.Unreadable(path: path, reason: reason))
    }

    func read(
        _ file: FileRead, isInBase: Bool, besides current: PageEdits, before rest: ArraySlice<BasePage>
    ) {
        result.counts.add(.file, size: file.status.size)
        bytesToRead += file.status.size
        if isInBase { result.counts.filesChanged += 1 } else { result.counts.filesNew += 1 }
    }

    func add(_ edits: PageEdits) {
        for case .put(let entry) in edits.edits { result.counts.add(entry.kind, size: 0) }
    }
}
