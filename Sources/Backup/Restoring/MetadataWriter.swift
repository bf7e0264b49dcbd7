internal import CLinux
import Glibc
internal import Vault

/// Gives files, folders and links the owner, mode, times and extended attributes of their entries.
///
/// What the destination does not take is told, one warning (`.metadata`) each, and the rest is done. Owners are
/// set by root alone: by name where this machine knows it, else by number. What others gave gets less: `EntryOrigin`. From any
/// thread.
struct MetadataWriter: Sendable {
    private let ownerNames = OwnerNames()
    private let origin: EntryOrigin
    private let setsOwners: Bool

    init(_ origin: EntryOrigin) { (self.origin, setsOwners) = (origin, origin.setsOwners) }

    /// To a file or a folder that is open.
    func apply(_ entry: Entry, to descriptor: Int32) -> [RestoreError] {
        let entry = origin.harmless(entry)
        var warnings: [RestoreError] = []
        func attempt(_ what: String, _ code: RestoreError.Code = .metadata, _ call: () -> Int32) {
            do throws(SystemFailure) {
                try checked(call)
            } catch {
                warnings.append(RestoreError(code, entry.path, "\(what): \(error)"))
            }
        }
        // In this order: a new owner clears the set-id bits and security.capability; a file that may not be
        // written takes no attributes of the user; and all of that is a change.
        let (owner, group) = owners(of: entry)
        if setsOwners { attempt("its owner was not set") { fchown(descriptor, owner, group) } }
        for attribute in entry.extendedAttributes {
            // What is not the user's is the system's own affair: rights, labels, capabilities.
            let isLoss = attribute.name.starts(with: "user.".utf8)
            attempt(
                "its attribute \(displayed(attribute.name)) was not set", isLoss ? .lostAttribute : .metadata
            ) {
                attribute.name.withCString { name in
                    attribute.value.withUnsafeBytes {
                        clinux_fsetxattr(descriptor, name, $0.baseAddress, $0.count)
                    }
                }
            }
        }
        let mode = safeMode(entry, descriptor, owner, group)
        attempt("its mode was not set") { fchmod(descriptor, mode_t(mode)) }
        let times = [timespec(tv_sec: 0, tv_nsec: clinux_utime_omit), timespec(entry.modified)]
        attempt("its time was not set") { futimens(descriptor, times) }
        // FUSE file systems of libfuse 2 set both times or none.
        if let shown = try? FileStatus(of: descriptor).modified, shown != entry.modified {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME_COARSE, &now)
            _ = futimens(descriptor, [now, timespec(entry.modified)])
        }
        if warnings.isEmpty, let status = try? FileStatus(of: descriptor) {
            warnings = Self.unkept(entry, mode: mode, status)
        }
        return warnings
    }

    /// What the file system has taken without a word, and does not keep.
    private static func unkept(_ entry: Entry, mode: UInt32, _ status: FileStatus) -> [RestoreError] {
        var warnings: [RestoreError] = []
        if status.mode != mode {
            warnings.append(
                RestoreError(.metadata, entry.path, "the file system there does not keep its mode"))
        }
        if status.modified != entry.modified {
            let isClose = FileTime.isSame(status.modified, as: entry.modified)
            warnings.append(
                RestoreError(
                    .metadata, entry.path,
                    isClose
                        ? "the file system there keeps its time less exactly"
                        : "the file system there does not keep its time"))
        }
        return warnings
    }

    /// To the link `name` in an open folder. A link has no mode of its own.
    ///
    /// Some FUSE file systems, SSHFS among them, would set owner and time of what the link leads to.
    func apply(_ entry: Entry, toLink name: [UInt8], in folder: DirectoryHandle) -> [RestoreError] {
        guard clinux_is_fuse(folder.descriptor) == 0 else {
            return [
                RestoreError(
                    .metadata, entry.path, "a link's owner and time are not set on FUSE file systems")
            ]
        }
        var warnings: [RestoreError] = []
        let times = [timespec(tv_sec: 0, tv_nsec: clinux_utime_omit), timespec(entry.modified)]
        let (owner, group) = owners(of: entry)
        name.withCString { name in
            if setsOwners, fchownat(folder.descriptor, name, owner, group, AT_SYMLINK_NOFOLLOW) != 0 {
                warnings.append(
                    RestoreError(.metadata, entry.path, "its owner was not set: \(SystemFailure.last)"))
            }
            if utimensat(folder.descriptor, name, times, AT_SYMLINK_NOFOLLOW) != 0 {
                warnings.append(
                    RestoreError(.metadata, entry.path, "its time was not set: \(SystemFailure.last)"))
            }
        }
        return warnings
    }

    private func owners(of entry: Entry) -> (owner: UInt32, group: UInt32) {
        (ownerNames.userID(entry.owner) ?? entry.ownerID, ownerNames.groupID(entry.group) ?? entry.groupID)
    }

    /// Without the set-id bits where the owner or group that they stand for was not set: they would lend the
    /// rights of whoever restores.
    private func safeMode(_ entry: Entry, _ descriptor: Int32, _ owner: UInt32, _ group: UInt32) -> UInt32 {
        guard entry.mode & 0o6000 != 0 else { return entry.mode }
        let status = try? FileStatus(of: descriptor)
        var mode = entry.mode
        if status?.ownerID != owner { mode &= ~0o4000 }
        if status?.groupID != group { mode &= ~0o2000 }
        return mode
    }
}

extension timespec {
    /// From nanoseconds since 1970, which can be before it.
    fileprivate init(_ nanoseconds: Int64) {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        self.init(
            tv_sec: Int(rest < 0 ? seconds - 1 : seconds),
            tv_nsec: Int(rest < 0 ? rest + 1_000_000_000 : rest))
    }
}
