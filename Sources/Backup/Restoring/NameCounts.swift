internal import Synchronization
internal import Vault

/// How many names each folder must have when a restore has ended: those that were there, and those that were made.
///
/// A name that a file system has taken for another one's, whatever it answered, is one too few.
final class NameCounts: Sendable {
    private struct Folder {
        var before = 0
        var made = 0
        /// Names that some file systems change when they take them.
        var odd: [[UInt8]] = []
    }

    private let folders = Mutex<[EntryPath?: Folder]>([:])

    /// The folder had so many names before anything was made in it.
    func began(_ folder: EntryPath?, count: Int) {
        folders.withLock { folders in
            if folders[folder] == nil { folders[folder] = Folder(before: count) }
        }
    }

    func made(_ path: EntryPath) {
        let name = path.name
        folders.withLock { folders in
            folders[path.parent, default: Folder()].made += 1
            if NameForms.isOdd(name) { folders[path.parent]?.odd.append(name) }
        }
    }

    /// The folders in which something was made.
    var changed: [(folder: EntryPath?, count: Int, odd: [[UInt8]])] {
        folders.withLock { folders in
            folders.filter { $0.value.made > 0 }.map {
                ($0.key, $0.value.before + $0.value.made, $0.value.odd)
            }
        }
    }
}
