internal import Backup
internal import Foundation
internal import Terminal

/// A list of hashes as `sha256sum -c` of GNU coreutils reads it.
struct HashManifest: Sendable {
    let path: String

    /// - Throws: `CommandError` where there is a file already.
    func requireNew() throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        throw CommandError(
            what: singleLine(path), why: "it is there already",
            hint: "a manifest overwrites nothing: name another")
    }

    /// Writes it whole or not at all.
    ///
    /// - Throws: `CommandError`.
    func write(_ files: [FormatSafety.File]) throws {
        let text = files.reduce(into: Data()) { $0.append(contentsOf: Self.line($1)) }
        do {
            try text.write(to: URL(filePath: path), options: [.atomic])
        } catch {
            throw CommandError(
                what: singleLine(path), why: "it cannot be written: \(error.localizedDescription)")
        }
    }

    /// A name with a line's end or a backslash in it is escaped, and the line says so by a backslash before it.
    private static func line(_ file: FormatSafety.File) -> [UInt8] {
        var name: [UInt8] = []
        for byte in file.place {
            switch byte {
            case UInt8(ascii: "\\"): name += Array("\\\\".utf8)
            case UInt8(ascii: "\n"): name += Array("\\n".utf8)
            case UInt8(ascii: "\r"): name += Array("\\r".utf8)
            default: name.append(byte)
            }
        }
        let mark = name.count == file.place.count ? "" : "\\"
        return Array("\(mark)\(file.sha256.hex)  ".utf8) + name + [UInt8(ascii: "\n")]
    }
}
