internal import CLinux
import Glibc

/// A name in a folder for what is not whole yet: `.photobackup-<16 hexadecimal digits>.partial`.
///
/// A run that is killed leaves it there, and the next restore into that folder removes it: `removeAbandoned`.
struct TemporaryName: Sendable {
    let folder: DirectoryHandle
    let name: [UInt8]

    private static let prefix = Array(".photobackup-".utf8)
    private static let suffix = Array(".partial".utf8)
    private static let digitCount = 16

    init(in folder: DirectoryHandle) {
        self.folder = folder
        let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
        let padding = String(repeating: "0", count: Self.digitCount - digits.count)
        name = Self.prefix + Array((padding + digits).utf8) + Self.suffix
    }

    /// A new file of such a name, open for writing, and locked as long as it is open, so that no other restore takes it
    /// for one that was left behind.
    ///
    /// Source: `flock(2)`, which ends with the process, however it ends. A file system that knows no locks refuses them
    /// to `removeAbandoned` too.
    static func makeFile(
        in folder: DirectoryHandle
    ) throws(SystemFailure) -> (temporary: TemporaryName, descriptor: Int32) {
        while true {
            let temporary = TemporaryName(in: folder)
            let descriptor = try temporary.name.withCString { (name) throws(SystemFailure) in
                try checked {
                    openat(
                        folder.descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
                }
            }
            flock(descriptor, LOCK_EX)
            // It may have been removed before it was locked.
            var status = stat()
            if fstat(descriptor, &status) == 0, status.st_nlink > 0 { return (temporary, descriptor) }
            close(descriptor)
        }
    }

    /// Gives what is there its name in the same folder, in one step where the file system can do that. EEXIST if the
    /// name is taken, unless `replacing`.
    ///
    /// NFS and many FUSE file systems know no RENAME_NOREPLACE, and exFAT and its kin no links either: there the name
    /// is reserved by an empty file, which is replaced. A process that is killed between the two leaves that file.
    func rename(to final: [UInt8], replacing: Bool) throws(SystemFailure) {
        try name.withCString { (from) throws(SystemFailure) in
            try final.withCString { (to) throws(SystemFailure) in
                if replacing { return try replace(to, by: from) }
                // A file system that takes the flag and does not heed it would replace what is there.
                guard faccessat(folder.descriptor, to, F_OK, AT_SYMLINK_NOFOLLOW) != 0 else {
                    throw SystemFailure(EEXIST)
                }
                do throws(SystemFailure) {
                    try checked { clinux_rename_new(folder.descriptor, from, to) }
                } catch {
                    guard Self.mayBeUnknownCall(error) else { throw error }
                    do throws(SystemFailure) {
                        try linkAndRemove(from, to)
                    } catch {
                        guard Self.mayBeUnknownCall(error) else { throw error }
                        try reserveAndReplace(from, to)
                    }
                }
            }
        }
    }

    /// Gives what is there its name, or where that is taken or refused, and `replacing` is not meant, another one of
    /// `NameForms`. Returns the name.
    func take(
        _ name: [UInt8], replacing: Bool, orAnother: Bool
    ) throws(SystemFailure) -> [UInt8] {
        do throws(SystemFailure) {
            try rename(to: name, replacing: replacing)
            return name
        } catch {
            guard orAnother, error.isOfName(name) else { throw error }
            if error.number == EEXIST {
                for other in NameForms.numbered(name) where try isTaking(other) { return other }
            } else {
                for other in NameForms.accepted(name) where try isTaking(other) { return other }
            }
            throw error
        }
    }

    private func isTaking(_ name: [UInt8]) throws(SystemFailure) -> Bool {
        do throws(SystemFailure) {
            try rename(to: name, replacing: false)
            return true
        } catch {
            guard error.isOfName(name) else { throw error }
            return false
        }
    }

    /// Whether another way to the same end is worth a try.
    private static func mayBeUnknownCall(_ failure: SystemFailure) -> Bool {
        ![EEXIST, ENOSPC, EDQUOT, EROFS, ENAMETOOLONG, ENOENT].contains(failure.number)
    }

    /// Where the server lets no rename replace anything (SFTP without OpenSSH's extension), what is there goes first.
    private func replace(
        _ to: UnsafePointer<CChar>, by from: UnsafePointer<CChar>
    ) throws(SystemFailure) {
        do throws(SystemFailure) {
            try checked { renameat(folder.descriptor, from, folder.descriptor, to) }
        } catch {
            guard [EEXIST, EPERM, EIO, EACCES].contains(error.number),
                unlinkat(folder.descriptor, to, 0) == 0
            else { throw error }
            try checked { renameat(folder.descriptor, from, folder.descriptor, to) }
        }
    }

    /// The same by a file of that name, which only one process can make, and which is replaced.
    func reserveAndReplace(
        _ from: UnsafePointer<CChar>, _ to: UnsafePointer<CChar>
    ) throws(SystemFailure) {
        let reservation = try checked {
            openat(folder.descriptor, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        close(reservation)
        do throws(SystemFailure) {
            try replace(to, by: from)
        } catch {
            unlinkat(folder.descriptor, to, 0)
            throw error
        }
    }

    /// The same by link(2), which replaces nothing either, but is two steps.
    func linkAndRemove(
        _ from: UnsafePointer<CChar>, _ to: UnsafePointer<CChar>
    ) throws(SystemFailure) {
        try checked { linkat(folder.descriptor, from, folder.descriptor, to, 0) }
        remove()
    }

    /// Nothing to do where it has its final name or is gone.
    func remove() {
        name.withCString { name in _ = unlinkat(folder.descriptor, name, 0) }
    }

    /// Whether a name is of this form: what has it is part of a file that a restore is writing, or left behind.
    static func isTemporary(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        bytes.count == prefix.count + digitCount + suffix.count && bytes.starts(with: prefix)
            && bytes.suffix(suffix.count).elementsEqual(suffix)
    }

    // MARK: - What killed runs have left

    /// Removes files of such names that nobody is writing. What cannot be removed only takes room.
    static func removeAbandoned(in folder: DirectoryHandle) {
        // A handle of its own, since the position in the folder is the handle's.
        guard let own = try? DirectoryHandle(".", in: folder), let listing = try? own.names() else { return }
        for name in listing.names {
            let bytes = listing.bytes(of: name)
            guard isTemporary(bytes) else { continue }
            listing.withCString(of: name) { removeAbandoned($0, in: folder) }
        }
    }

    private static func removeAbandoned(_ name: UnsafePointer<CChar>, in folder: DirectoryHandle) {
        let descriptor = openat(folder.descriptor, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard let status = try? FileStatus(of: descriptor), status.kind == .file,
            flock(descriptor, LOCK_EX | LOCK_NB) == 0
        else { return }
        unlinkat(folder.descriptor, name, 0)
    }
}

extension SystemFailure {
    /// Whether the name is what the file system does not take: another one may be.
    func isOfName(_ name: [UInt8]) -> Bool {
        switch number {
        case EEXIST, ENAMETOOLONG, EILSEQ: true
        case ENOSPC, EDQUOT, EROFS, EACCES: false
        default: NameForms.isOdd(name)
        }
    }
}
