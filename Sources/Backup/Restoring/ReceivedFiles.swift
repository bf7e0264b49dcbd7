internal import Glibc
public import Vault

/// A folder that takes files from outside of a vault with the care of a restore: never outside of it, each seen under
/// its name only when it is whole, and nothing replaced.
public final class ReceivedFiles: Sendable {
    /// A file that is on its way.
    public struct File: Sendable {
        fileprivate let file: RestoringFile

        /// Writes a part, and ends the file with the last one; none at all makes an empty file. Blocks.
        ///
        /// - Throws: `RestoreError` when the disk is full; every other failure is the file's, and reported.
        public func write(_ bytes: [UInt8], at offset: UInt64) async throws {
            try await BlockingWork.run { [file] in
                try bytes.withUnsafeBytes { bytes in
                    try file.write(bytes, at: offset)
                }
            }
        }

        /// It could not be had; what was written of it goes.
        public func fail(_ reason: String) { file.fail(reason) }
    }

    private let target: RestoreTarget
    private let names: RestoreNames
    private let report: RestoreReport

    /// Makes the folder if it is not there.
    ///
    /// - Throws: `RestoreError`.
    public init(
        destination: String, progress: RunProgress, notify: @escaping @Sendable (RestoreReport.Notice) -> Void
    ) async throws {
        target = try await BlockingWork.run { try RestoreTarget(destination: destination, origin: .others) }
        names = RestoreNames(target, isWalk: false)
        report = RestoreReport(progress: progress, notify: notify)
    }

    /// Begins a file; nil where something has its name already, which is left alone and reported, as is every failure.
    ///
    /// - Parameter modified: seconds since 1970; now, if nil.
    public func begin(_ path: EntryPath, byteCount: UInt64, modified: Int64?) async throws -> File? {
        var entry = Entry(path: path, kind: .file)
        entry.size = byteCount
        entry.modified =
            modified.map { $0.multipliedReportingOverflow(by: 1_000_000_000) }
            .flatMap { $0.overflow ? nil : $0.partialValue } ?? UTCTime.nowInNanoseconds()
        entry.mode = 0o644
        (entry.ownerID, entry.groupID) = (geteuid(), getegid())
        return try await BlockingWork.run { [self, entry] in
            do throws(RestoreError) {
                let place = try names.place(entry) { _ in false }
                guard case .none = place.existing else {
                    report.conflict(path, reason: "something is there already", hint: "name an empty folder")
                    return nil
                }
                return File(
                    file: RestoringFile(
                        entry, at: place.path, replacing: false, target: target, report: report))
            } catch {
                report.failed(path, error.reason)
                return nil
            }
        }
    }

    /// Waits for the disk.
    ///
    /// - Returns: what became of the files.
    public func finish() async throws -> RestoreReport.Counts {
        try await BlockingWork.run { [target, report] in
            target.checkNames(report)
            report.tellLosses()
            try target.syncDirectories()
        }
        return report.counts
    }
}
