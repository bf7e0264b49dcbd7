import Crypto
import Foundation
import Testing

@testable import Backup
@testable import Vault

/// What a folder or a snapshot has under one path, in a form that compares.
enum Node: Hashable {
    /// With the ids of its chunks.
    case file(size: Int, modified: Int64, chunks: [String])
    case folder(mode: UInt32)
    case link(to: String)

    init(_ entry: Entry, _ references: [Reference]) {
        switch entry.kind {
        case .file:
            self = .file(
                size: Int(entry.size), modified: entry.modified,
                chunks: references.map { $0.chunkID?.hex ?? "none" })
        case .directory: self = .folder(mode: entry.mode)
        case .symbolicLink: self = .link(to: String(decoding: entry.linkTarget, as: UTF8.self))
        }
    }

    /// Everything below `folder`, by its path in there: read with nothing of what is tested.
    static func tree(
        _ folder: String, only top: Set<String>? = nil, keys: VaultKeys
    ) throws -> [String: Node] {
        var nodes: [String: Node] = [:]
        func meet(_ path: String) throws {
            let full = "\(folder)/\(path)"
            var status = stat()
            try checked { lstat(full, &status) }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                nodes[path] = .folder(mode: UInt32(status.st_mode & 0o7777))
                for name in try FileManager.default.contentsOfDirectory(atPath: full) {
                    try meet("\(path)/\(name)")
                }
            case S_IFLNK:
                nodes[path] = .link(to: try FileManager.default.destinationOfSymbolicLink(atPath: full))
            default:
                let modified =
                    Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
                nodes[path] = .file(
                    size: Int(status.st_size), modified: modified,
                    chunks: chunkIDs(
                        [UInt8](try Data(contentsOf: URL(fileURLWithPath: full))), named: path, keys))
            }
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            if top?.contains(name) ?? true { try meet(name) }
        }
        return nodes
    }

    private static func chunkIDs(_ content: [UInt8], named name: String, _ keys: VaultKeys) -> [String] {
        let size = name.hasSuffix(".lrcat") ? 256 << 10 : 4 << 20
        return stride(from: 0, to: content.count, by: size).map { start in
            let chunk = Array(content[start..<min(start + size, content.count)])
            return HMACSHA256.authenticate(chunk.span.bytes, key: keys.contentKey).hex
        }
    }
}

/// Compares two trees, and names only what differs.
func expectSame(
    _ found: [String: Node], _ expected: [String: Node], _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let differing = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }.sorted()
    let lines = differing.prefix(5).map {
        "\($0): \(found[$0].map { "\($0)" } ?? "not there"), and not \(expected[$0].map { "\($0)" } ?? "nothing")"
    }
    #expect(lines.isEmpty, comment, sourceLocation: sourceLocation)
}
