internal import Crypto
import Glibc
internal import Vault

/// The names of a snapshot's files that are one file: the first is restored, and the others become links to it.
///
/// An entry tells the inode and how many names it had, and not the device: files are one where inode, times of
/// modification and change, size and content are the same, and no more of them than the file had names.
struct HardLinks {
    /// A name that waits for the file to be there.
    struct Other {
        let item: RestoreBatches.Item
        let path: EntryPath
        let isReplacing: Bool
        let first: EntryPath
    }

    private struct Key: Hashable {
        let inode: UInt64
        let changed: Int64
        let modified: Int64
        let size: UInt64
        let content: [SHA256Digest?]
    }

    private struct Group {
        let first: EntryPath
        var count: Int
    }

    private var groups: [Key: Group] = [:]
    private var others: [Other] = []

    /// The file is there, as the first of its names if it is one.
    mutating func isThere(_ item: RestoreBatches.Item, at path: EntryPath) {
        _ = first(item, at: path)
    }

    /// Whether the file is another name of one that came before; then it waits for `takeOthers`.
    mutating func waits(_ item: RestoreBatches.Item, at path: EntryPath, replacing: Bool) -> Bool {
        guard let first = first(item, at: path) else { return false }
        others.append(Other(item: item, path: path, isReplacing: replacing, first: first))
        return true
    }

    /// The same, for a dry run.
    mutating func isOther(_ item: RestoreBatches.Item) -> Bool { first(item, at: item.entry.path) != nil }

    mutating func takeOthers() -> [Other] {
        defer { others = [] }
        return others
    }

    /// The path of the file that has this one as another name; nil where it is the first.
    private mutating func first(_ item: RestoreBatches.Item, at path: EntryPath) -> EntryPath? {
        let entry = item.entry
        guard entry.kind == .file, entry.linkCount > 1 else { return nil }
        let key = Key(
            inode: entry.inode, changed: entry.changed, modified: entry.modified, size: entry.size,
            content: entry.contentID.map { [$0] } ?? item.references.map(\.chunkID))
        guard let group = groups[key], group.count < Int(entry.linkCount) else {
            groups[key] = Group(first: path, count: 1)
            return nil
        }
        groups[key]?.count += 1
        return group.first
    }
}

extension RestoreTarget {
    /// Gives the file at `link.first` another name. Returns the path; nil where that file is not there or the file
    /// system makes no such links.
    ///
    /// Throws `.exists` or `.occupied` as `makeLink`.
    func makeHardLink(_ link: HardLinks.Other) throws(RestoreError) -> EntryPath? {
        guard let from = try folders.existing(link.first.parent) else { return nil }
        let temporary = TemporaryName(in: try folders.folder(link.path.parent))
        do throws(SystemFailure) {
            let status = try from.status(of: link.first.name)
            guard status.kind == .file, status.size == link.item.entry.size else { return nil }
            try link.first.name.withCString { (first) throws(SystemFailure) in
                try temporary.name.withCString { (to) throws(SystemFailure) in
                    _ = try checked { linkat(from.descriptor, first, temporary.folder.descriptor, to, 0) }
                }
            }
        } catch {
            if error.number == ENOSPC || error.number == EDQUOT { throw RestoreError(link.path, error) }
            return nil
        }
        do throws(SystemFailure) {
            let name = try temporary.take(
                link.path.name, replacing: link.isReplacing, orAnother: !link.isReplacing)
            noteFile(link.path.beside(name), isNew: !link.isReplacing)
            return link.path.beside(name)
        } catch {
            temporary.remove()
            throw RestoreError(link.path, error)
        }
    }
}
