internal import Backup
internal import Sharing
internal import Terminal
internal import Vault

/// Makes the previews of files that are shared: of pictures that it can decode, each in a process of its own.
///
/// One that cannot be made is left out, and is no reason for failure.
struct Previews: Sendable {
    /// At a time: each holds a file in memory.
    private static let atOnce = 2
    /// Larger files are no pictures that a camera makes.
    private static let maximumFileByteCount: UInt64 = 128 << 20
    /// What the list of files takes of them: a page with more would take a browser too long.
    private static let maximumByteCount = 24 << 20

    /// Names of JPEGs, and of raw files that have a JPEG in them.
    private static let endings: Set = [
        "jpg", "jpeg", "jpe", "nef", "nrw", "cr2", "arw", "sr2", "dng", "orf", "rw2", "pef", "raf", "srw",
        "3fr", "iiq", "tif", "tiff",
    ]

    let vault: OpenVault

    /// By the place of the file.
    func make(of files: [SelectedFile]) async throws -> [Int: Preview] {
        let pictures = files.indices.filter { Self.isPicture(files[$0].entry) }
        var previews: [Int: Preview] = [:]
        var byteCount = 0
        try await withThrowingTaskGroup(of: (Int, Preview?).self) { group in
            var waiting = pictures[...]
            func begin() {
                guard byteCount < Self.maximumByteCount, let index = waiting.popFirst() else { return }
                group.addTask { (index, try await preview(of: files[index])) }
            }
            for _ in 0..<Self.atOnce { begin() }
            while let (index, preview) = try await group.next() {
                if let preview {
                    byteCount += preview.jpeg.count
                    previews[index] = preview
                }
                begin()
            }
        }
        return previews
    }

    /// Whether the file may be a picture that a preview can be made of, by its name and size.
    static func isPicture(_ entry: Entry) -> Bool {
        let name = String(decoding: entry.path.bytes, as: UTF8.self)
        guard let dot = name.lastIndex(of: "."), entry.size <= maximumFileByteCount else { return false }
        return endings.contains(name[name.index(after: dot)...].lowercased())
    }

    /// nil where none can be made.
    func preview(of file: SelectedFile) async throws -> Preview? {
        guard let content = try? await vault.content(of: file) else {
            try Task.checkCancellation()
            return nil
        }
        return try await PreviewProcess().preview(of: content).map {
            Preview(jpeg: $0.jpeg, width: $0.width, height: $0.height, caption: $0.caption)
        }
    }
}

extension CommandContext {
    /// What makes previews of files that are shared.
    func previewMaker() -> PreviewMaker {
        { vault, files in try await Previews(vault: vault).make(of: files) }
    }
}
