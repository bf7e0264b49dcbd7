internal import Vault

/// Files of the sources that were read and found to have the content that the base has of them.
struct ComparedFiles: Sendable {
    private var found: [EntryPath: (status: FileStatus, row: EntryStatus)] = [:]

    /// - Parameter row: the catalog's row of the file as it is now.
    mutating func add(_ path: EntryPath, _ status: FileStatus, row: EntryStatus) {
        found[path] = (status, row)
    }

    /// The row of a file that is still what was compared; nil for every other one.
    func sameContent(_ item: ScannedItem) -> EntryStatus? {
        guard let one = found[item.path], item.status.isSameContent(as: one.status) else { return nil }
        return one.row
    }
}
