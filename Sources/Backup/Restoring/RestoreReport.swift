public import Crypto
internal import Synchronization
public import Vault

/// What a restore has done, told as it goes.
public final class RestoreReport: Sendable {
    /// Something that a person should know of one path.
    public enum Notice: Sendable {
        /// It could not be restored.
        case failed(EntryPath, reason: String)
        /// Something else has its place and was left alone.
        case conflict(EntryPath)
        /// It was restored, but for an owner, attribute or mode that the destination did not take.
        case warning(String)
    }

    public struct Counts: Sendable {
        public var filesRestored = 0
        /// There already with the same content.
        public var filesSkipped = 0
        public var filesFailed = 0
        public var conflicts = 0
        public var bytesWritten: UInt64 = 0
        /// Packs that every replica that has them keeps in cold storage.
        public var coldPacks: Set<SHA256Digest> = []
    }

    private let totals = Mutex(Counts())
    private let progress: RunProgress
    private let notify: @Sendable (Notice) -> Void

    init(progress: RunProgress, notify: @escaping @Sendable (Notice) -> Void) {
        self.progress = progress
        self.notify = notify
    }

    var counts: Counts { totals.withLock { $0 } }

    func restored(_ entry: Entry) {
        totals.withLock { totals in
            if entry.kind == .file { totals.filesRestored += 1 }
            totals.bytesWritten += entry.size
        }
        ended(entry)
    }

    func skipped(_ entry: Entry) {
        totals.withLock { if entry.kind == .file { $0.filesSkipped += 1 } }
        ended(entry)
    }

    private func ended(_ entry: Entry) {
        progress.ended(files: 1)
        progress.read(byteCount: Int(clamping: entry.size))
    }

    func failed(_ path: EntryPath, _ reason: String) {
        totals.withLock { $0.filesFailed += 1 }
        notify(.failed(path, reason: reason))
    }

    func isCold(_ pack: SHA256Digest) {
        totals.withLock { _ = $0.coldPacks.insert(pack) }
    }

    func conflict(_ path: EntryPath) {
        totals.withLock { $0.conflicts += 1 }
        notify(.conflict(path))
    }

    func warn(_ warning: RestoreError) { notify(.warning(warning.description)) }
}
