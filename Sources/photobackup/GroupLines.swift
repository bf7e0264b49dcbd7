internal import Backup
internal import Terminal
internal import Vault

/// The files of each picture in one line, as a shell would write them: `DCIM/IMG_1.{CR3,JPG,xmp}`.
struct GroupLines {
    private var group: PhotoGroup?
    private var members: [Entry] = []

    /// Takes the next entry in walk order, and returns the lines that are ended by it.
    mutating func add(_ entry: Entry) -> [String] {
        guard entry.kind == .file, let own = PhotoGroup(entry.path) else {
            return end() + [EntryRow.line(entry)]
        }
        let ended = own == group ? [] : end()
        group = own
        members.append(entry)
        return ended
    }

    mutating func end() -> [String] {
        defer { (group, members) = (nil, []) }
        guard let group, members.count > 1 else { return members.map(EntryRow.line) }
        let extensions = members.map { FileName(Array($0.path.bytes.dropFirst(group.name.count + 1))).text }
        return ["\(FileName(group.name).text).{\(extensions.joined(separator: ","))}"]
    }
}
