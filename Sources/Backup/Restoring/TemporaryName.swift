internal import CLinux
import Glibc

/// A name in a folder for what is not whole yet: `.photobackup-<16 hexadecimal digits>.partial`.
///
/// A run that is killed leaves it there. It is not removed by the next run, which cannot tell it from a file
/// that another restore is just writing.
struct TemporaryName: Sendable {
    let folder: DirectoryHandle
    let name: [UInt8]

    init(in folder: DirectoryHandle) {
        self.folder = folder
        let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
        let padding = String(repeating: "0", count: 16 - digits.count)
        name = Array(".photobackup-\(padding)\(digits).partial".utf8)
    }

    /// Gives what is there its name in the same folder, in one step. EEXIST if that is taken, unless `replacing`.
    func rename(to final: [UInt8], replacing: Bool) throws(SystemFailure) {
        try name.withCString { (from) throws(SystemFailure) in
            try final.withCString { (to) throws(SystemFailure) in
                if replacing {
                    try checked { renameat(folder.descriptor, from, folder.descriptor, to) }
                    return
                }
                do throws(SystemFailure) {
                    try checked { clinux_rename_new(folder.descriptor, from, to) }
                } catch {
                    // NFS and some FUSE file systems know no RENAME_NOREPLACE.
                    guard error.number == EINVAL || error.number == ENOSYS else { throw error }
                    try linkAndRemove(from, to)
                }
            }
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
}
