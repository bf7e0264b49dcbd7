internal import Synchronization
internal import Vault

/// One file on its way back: begun when its first chunk is there, finished with its last.
final class RestoringFile: Sendable {
    private struct State {
        var file: FileInProgress?
        var remainingByteCount: UInt64
        var hasFailed = false
    }

    let entry: Entry
    /// Where it goes.
    private let path: EntryPath
    private let replacing: Bool
    private let target: RestoreTarget
    private let report: RestoreReport
    private let state: Mutex<State>

    /// Where the name is taken or refused when the file is whole, it gets another one, unless it was to replace what
    /// had the name.
    init(
        _ entry: Entry, at path: EntryPath, replacing: Bool, target: RestoreTarget, report: RestoreReport
    ) {
        self.entry = entry
        self.path = path
        self.replacing = replacing
        self.target = target
        self.report = report
        state = Mutex(State(remainingByteCount: entry.size))
    }

    /// Writes a chunk, and ends the file with the last one; none at all makes an empty file. Blocks.
    ///
    /// - Throws: `RestoreError` with `outOfSpace`, which ends the whole restore; every other failure is the file's.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(RestoreError) {
        do throws(RestoreError) {
            guard let file = try begin() else { return }
            try file.write(bytes, at: offset)
            let isWhole = state.withLock { state in
                state.remainingByteCount -= min(UInt64(bytes.count), state.remainingByteCount)
                return state.remainingByteCount == 0
            }
            guard isWhole else { return }
            let (place, warnings) = try file.finish(replacing: replacing, orAnotherName: !replacing)
            for warning in warnings { report.warn(warning) }
            state.withLock { $0.file = nil }
            target.noteFile(place, isNew: !replacing)
            report.restored(entry)
            if place.name != entry.path.name { report.renamed(entry.path, to: place) }
        } catch {
            fail(error.reason)
            if error.code == .outOfSpace { throw error }
        }
    }

    /// The file could not be had back; what was written of it goes.
    func fail(_ reason: String) {
        if end() { report.failed(entry.path, reason) }
    }

    /// The file cannot be had back now, and will be asked for again; what was written of it goes.
    func postpone() { _ = end() }

    /// Whether the file had not failed before.
    private func end() -> Bool {
        state.withLock { state in
            defer { state.file = nil }
            state.file?.discard()
            defer { state.hasFailed = true }
            return !state.hasFailed
        }
    }

    private func begin() throws(RestoreError) -> FileInProgress? {
        let result: Result<FileInProgress?, RestoreError> = state.withLock { state in
            if state.hasFailed { return .success(nil) }
            if let file = state.file { return .success(file) }
            do throws(RestoreError) {
                let file = try target.beginFile(entry.at(path))
                state.file = file
                return .success(file)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
