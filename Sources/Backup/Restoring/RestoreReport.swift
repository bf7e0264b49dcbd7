public import Crypto
internal import ObjectStore
internal import Synchronization
public import Vault

/// What a restore has done, told as it goes.
public final class RestoreReport: Sendable {
    /// Something that a person should know of one path.
    public enum Notice: Sendable {
        /// It could not be restored.
        case failed(EntryPath, reason: String)
        /// Something else has its place and was left alone, or the file system holds nothing of its kind.
        case conflict(EntryPath, reason: String, hint: String?)
        /// The file system does not take its name, or not beside another one.
        case renamed(EntryPath, to: EntryPath)
        /// It was restored, but for an owner, attribute or mode that the destination did not take: once for all files
        /// that have that in common.
        case warning(what: String, reason: String)
    }

    public struct Counts: Sendable {
        public var filesRestored = 0
        /// There already with the same content.
        public var filesSkipped = 0
        public var filesFailed = 0
        public var conflicts = 0
        /// There under another name, and counted above too.
        public var filesRenamed = 0
        /// Attributes that people or programs have written, such as tags, and that the destination did not take.
        public var attributesLost = 0
        public var bytesWritten: UInt64 = 0
        /// Newer snapshots that were meant and that no replica has.
        public var snapshotsPassedOver = 0
        /// Packs that every replica that has them keeps in cold storage.
        public var coldPacks: Set<SHA256Digest> = []
    }

    private let totals: Mutex<Counts>
    private let losses = MetadataLosses()
    private let progress: RunProgress
    private let notify: @Sendable (Notice) -> Void

    init(progress: RunProgress, passedOver: Int = 0, notify: @escaping @Sendable (Notice) -> Void) {
        totals = Mutex(Counts(snapshotsPassedOver: passedOver))
        self.progress = progress
        self.notify = notify
    }

    var counts: Counts { totals.withLock { $0 } }

    func restored(_ entry: Entry) {
        totals.withLock { totals in
            if entry.kind == .file { totals.filesRestored += 1 }
            totals.bytesWritten = totals.bytesWritten.heldSum(entry.size)
        }
        ended(entry)
    }

    /// As another name of a file that is there: it takes no room.
    func linked(_ entry: Entry) {
        totals.withLock { $0.filesRestored += 1 }
        ended(entry)
    }

    func renamed(_ path: EntryPath, to other: EntryPath) {
        totals.withLock { $0.filesRenamed += 1 }
        notify(.renamed(path, to: other))
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

    func conflict(_ path: EntryPath, reason: String, hint: String? = nil) {
        totals.withLock { $0.conflicts += 1 }
        notify(.conflict(path, reason: reason, hint: hint))
    }

    func warn(_ warning: RestoreError) {
        guard warning.code == .metadata || warning.code == .lostAttribute else {
            return notify(.warning(what: warning.path, reason: warning.reason))
        }
        if warning.code == .lostAttribute { totals.withLock { $0.attributesLost += 1 } }
        losses.add(warning)
    }

    func warn(_ what: String, _ reason: String) { notify(.warning(what: what, reason: reason)) }

    /// Tells what the destination did not take, all files of a kind in one.
    func tellLosses() {
        for (what, reason) in losses.take() { notify(.warning(what: what, reason: reason)) }
    }
}
