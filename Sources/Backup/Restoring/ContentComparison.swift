internal import Crypto
internal import Vault

/// Tells whether what is on the disk is what a snapshot holds, by the chunks' ids: nothing is fetched for that.
struct ContentComparison {
    let keys: VaultKeys

    /// Whether a file has the same content, or a link the same target. Blocks.
    func isSame(_ existing: RestoreTarget.Existing, as entry: Entry, references: [Reference]) -> Bool {
        switch (existing, entry.kind) {
        case (.link(let target), .symbolicLink): target == entry.linkTarget
        case (.file(let file, let size), .file): size == entry.size && hasContent(file, references)
        default: false
        }
    }

    private func hasContent(_ file: OpenFile, _ references: [Reference]) -> Bool {
        var mac = HMACSHA256(key: keys.contentKey)
        var offset: UInt64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Format.chunkByteCount, alignment: 64)
        defer { buffer.deallocate() }
        for reference in references {
            let count = Int(reference.plaintextByteCount)
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            guard let id = reference.chunkID, (try? file.read(into: piece, at: offset)) == count else {
                return false
            }
            mac.update(UnsafeRawBufferPointer(piece))
            guard mac.finalize() == id else { return false }
            offset += UInt64(count)
        }
        return true
    }
}
