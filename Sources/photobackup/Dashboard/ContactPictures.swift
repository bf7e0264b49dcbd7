internal import Backup
internal import Vault

/// Small pictures for contact sheets, made when a browser asks for them and kept for a while.
///
/// A file's whole content is fetched for one: only of files that are small enough is it offered.
actor ContactPictures {
    private static let maximumFileByteCount: UInt64 = 24 << 20
    /// Some 40 kB each.
    private static let keptCount = 400

    private struct Key: Hashable {
        let snapshot: SnapshotID
        let path: EntryPath
    }

    private let previews: Previews
    private var kept: [Key: [UInt8]] = [:]
    private var order: [Key] = []

    init(vault: OpenVault) { previews = Previews(vault: vault) }

    static func isCheap(_ entry: Entry) -> Bool {
        Previews.isPicture(entry) && entry.size <= maximumFileByteCount
    }

    /// A JPEG; nil where none can be made.
    func picture(_ path: EntryPath, in browser: SnapshotBrowser) async throws -> [UInt8]? {
        let key = Key(snapshot: browser.id, path: path)
        if let known = kept[key] { return known }
        guard let file = try await browser.file(path), Self.isCheap(file.entry),
            let preview = try await previews.preview(of: file)
        else { return nil }
        if kept.updateValue(preview.jpeg, forKey: key) == nil { order.append(key) }
        if order.count > Self.keptCount { kept[order.removeFirst()] = nil }
        return preview.jpeg
    }
}
