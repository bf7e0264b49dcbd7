internal import Backup
internal import Terminal
internal import Vault

/// How `ls` and `find` show an entry.
struct EntryRow: Encodable {
    let path: String
    /// The path's bytes, where they are no UTF-8.
    let pathBase64: String?
    let kind: String
    let size: UInt64
    let modified: Int64
    let mode: UInt32
    /// What the files of one picture have in common: their folder, and their name before the dot.
    let group: String?
    /// Of `find`: where it is.
    var collection: String?
    var snapshotId: String?
    var replicas: [String]?
    /// By the camera's clock, without a zone.
    var taken: String?
    var camera: String?

    init(_ entry: Entry) {
        let name = FileName(entry.path.bytes)
        path = name.jsonText
        pathBase64 = name.base64
        kind = entry.kind == .file ? "file" : entry.kind == .directory ? "directory" : "link"
        size = entry.size
        modified = entry.modified
        mode = entry.mode
        group = entry.kind == .file ? PhotoGroup(entry.path).map { FileName($0.name).jsonText } : nil
    }

    static func line(_ entry: Entry) -> String {
        FileName(entry.path.bytes).text + (entry.kind == .directory ? "/" : "")
    }

    static func longLine(_ entry: Entry) -> String {
        let size = String(entry.size)
        let mode = String(entry.mode, radix: 8)
        let kind = entry.kind == .directory ? "d" : entry.kind == .symbolicLink ? "l" : "-"
        let target = entry.kind == .symbolicLink ? " -> " + FileName(entry.linkTarget).text : ""
        return kind + String(repeating: "0", count: max(0, 4 - mode.count)) + mode
            + String(repeating: " ", count: max(1, 14 - size.count)) + size + "  "
            + UTCTime(secondsSince1970: entry.modified / 1_000_000_000).iso8601 + "  " + line(entry) + target
    }
}
