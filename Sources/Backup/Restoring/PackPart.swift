internal import Crypto
internal import Vault

/// Chunks that lie close together in one pack: what one request fetches.
struct PackPart: Sendable {
    /// A chunk, and where its content goes: files of equal content share it.
    struct Piece: Sendable {
        let reference: Reference
        var destinations: [(file: RestoringFile, offset: UInt64)]
    }

    let pack: SHA256Digest
    var range: Range<Int>
    var pieces: [Piece]

    /// Bytes between two chunks that are cheaper to fetch than another request is.
    private static let gapLimit = 128 << 10
    /// A part ends with the chunk that makes it this long: two chunks of a photo, so that several parts are on their way
    /// while others are opened.
    private static let fullByteCount = 8 << 20

    /// The parts that hold the content of these files, pack by pack in the order of the files.
    static func parts(of files: [(file: RestoringFile, references: [Reference])]) -> [PackPart] {
        var order: [SHA256Digest] = []
        var pieces: [SHA256Digest: [UInt32: Piece]] = [:]
        for (file, references) in files {
            var offset: UInt64 = 0
            for reference in references {
                if pieces[reference.pack] == nil { order.append(reference.pack) }
                let piece = Piece(reference: reference, destinations: [])
                pieces[reference.pack, default: [:]][reference.offset, default: piece]
                    .destinations.append((file, offset))
                offset += UInt64(reference.plaintextByteCount)
            }
        }
        return order.flatMap { pack in
            parts(of: pack, pieces[pack]!.values.sorted { $0.reference.offset < $1.reference.offset })
        }
    }

    /// The parts that hold these chunks, for reading alone.
    static func parts(of references: [Reference]) -> [PackPart] {
        Dictionary(grouping: Set(references), by: \.pack).sorted { $0.key < $1.key }.flatMap { pack, chunks in
            parts(
                of: pack,
                chunks.sorted { $0.offset < $1.offset }.map { Piece(reference: $0, destinations: []) })
        }
    }

    private static func parts(of pack: SHA256Digest, _ pieces: [Piece]) -> [PackPart] {
        var parts: [PackPart] = []
        for piece in pieces {
            let range = piece.reference.range
            if let last = parts.last?.range, range.lowerBound - last.upperBound <= gapLimit,
                last.count < fullByteCount
            {
                parts[parts.count - 1].range = last.lowerBound..<max(range.upperBound, last.upperBound)
                parts[parts.count - 1].pieces.append(piece)
            } else {
                parts.append(PackPart(pack: pack, range: range, pieces: [piece]))
            }
        }
        return parts
    }
}
