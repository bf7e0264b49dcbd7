internal import Backup
internal import Terminal
internal import Vault

extension VerifyReport {
    /// One file that no replica has any more.
    static func show(_ file: LostFile, on output: Output) {
        let name = FileName(file.path.bytes).text
        let what =
            file.entryCount.map { "the list of \(HumanReadable.count($0, "file")) up to \(name)" } ?? name
        output.result(
            "lost_file", LostFileRow(file),
            text: "\(singleLine(file.collection))@\(file.snapshot.short): \(what): no replica has it any more"
        )
    }
}

private struct LostFileRow: Encodable {
    let collection: String
    let snapshotId: String
    let path: String
    /// Of a lost page.
    let entries: Int?

    init(_ file: LostFile) {
        collection = file.collection
        snapshotId = file.snapshot.description
        path = FileName(file.path.bytes).text
        entries = file.entryCount
    }
}
