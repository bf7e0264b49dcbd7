internal import Crypto
internal import Vault

/// Tells whether what is on the disk is what a snapshot holds: nothing is fetched for that.
struct ContentComparison {
    /// What the chunks' ids are made with. Without it, size and time of modification decide: a restore sets the time
    /// when a file is whole.
    let contentKey: SecretBytes?

    /// Whether a file has the same content, or a link the same target. Blocks.
    func isSame(_ existing: RestoreTarget.Existing, as entry: Entry, references: [Reference]) -> Bool {
        switch (existing, entry.kind) {
        case (.link(let target), .symbolicLink): target == entry.linkTarget
        case (.file(let file, let size), .file):
            size == entry.size
                && (contentKey.map { (try? Self.hasContent(file, references, $0)) ?? false }
                    ?? hasTime(file, of: entry))
        default: false
        }
    }

    private func hasTime(_ file: OpenFile, of entry: Entry) -> Bool {
        guard let shown = try? file.status().modified else { return false }
        return FileTime.isSame(shown, as: entry.modified)
    }

    /// Whether the file begins with the content of these chunks. Blocks.
    static func hasContent(
        _ file: OpenFile, _ references: [Reference], _ contentKey: SecretBytes
    ) throws(SystemFailure) -> Bool {
        var mac = HMACSHA256(key: contentKey)
        var offset: UInt64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Format.chunkByteCount, alignment: 64)
        defer { buffer.deallocate() }
        for reference in references {
            let count = Int(reference.plaintextByteCount)
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            guard let id = reference.chunkID, try file.read(into: piece, at: offset) == count else {
                return false
            }
            mac.update(UnsafeRawBufferPointer(piece))
            guard mac.finalize() == id else { return false }
            offset += UInt64(count)
        }
        return true
    }
}
