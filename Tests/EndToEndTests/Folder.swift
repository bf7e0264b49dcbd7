import CLinux
import Foundation

/// A folder of photographs that a test makes. Names are bytes.
struct Folder: Sendable {
    let path: [UInt8]

    var text: String { String(decoding: path, as: UTF8.self) }

    func bytes(_ name: [UInt8]) -> [UInt8] { path + [UInt8(ascii: "/")] + name }

    /// Writes a file, replacing its content.
    func write(_ content: [UInt8], to name: String) throws { try write(content, to: Array(name.utf8)) }

    func write(_ content: [UInt8], to name: [UInt8], flags: CInt = O_TRUNC) throws {
        let descriptor = try check("open", open(cString(bytes(name)), O_WRONLY | O_CREAT | flags, 0o644))
        defer { close(descriptor) }
        var written = 0
        while written < content.count {
            written += try check(
                "write",
                content.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
                })
        }
    }

    /// Writes bytes into the middle of a file, and leaves the others.
    func overwrite(_ name: String, at offset: Int, with content: [UInt8]) throws {
        let descriptor = try check("open", open(cString(bytes(Array(name.utf8))), O_WRONLY))
        defer { close(descriptor) }
        let written = content.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, offset) }
        guard written == content.count else { throw SystemError("pwrite") }
    }

    func setAttribute(_ attribute: String, _ value: some Collection<UInt8>, of name: String) throws {
        let descriptor = try check("open", open(cString(bytes(Array(name.utf8))), O_RDONLY))
        defer { close(descriptor) }
        let value = Array(value)
        _ = try check("fsetxattr", clinux_fsetxattr(descriptor, attribute, value, value.count))
    }

    /// A file of so many bytes that it takes no room for.
    func writeHole(_ name: String, byteCount: Int) throws {
        try write([], to: name)
        _ = try check("truncate", truncate(cString(bytes(Array(name.utf8))), byteCount))
    }

    @discardableResult
    func makeFolder(_ name: String) throws -> Folder {
        let folder = Folder(path: bytes(Array(name.utf8)))
        _ = try check("mkdir", mkdir(cString(folder.path), 0o755))
        return folder
    }

    func link(_ name: String, to target: [UInt8]) throws {
        _ = try check("symlink", symlink(cString(target), cString(bytes(Array(name.utf8)))))
    }

    func setMode(_ name: String, _ mode: mode_t) throws {
        _ = try check("chmod", chmod(cString(bytes(Array(name.utf8))), mode))
    }

    /// Sets the modification time, of a link itself too.
    func setModified(_ name: String, seconds: Int, nanoseconds: Int) throws {
        let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
        _ = try check(
            "utimensat",
            utimensat(AT_FDCWD, cString(bytes(Array(name.utf8))), [time, time], AT_SYMLINK_NOFOLLOW))
    }

    func remove(_ name: String) throws {
        _ = try check("remove", Glibc.remove(cString(bytes(Array(name.utf8)))))
    }
}
