import Foundation
import ProgramTesting

/// A folder of a test's own, which goes with its owner. Names in it are bytes.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array("\(NSTemporaryDirectory())/photobackup-e2e-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        // Not FileManager, which stumbles over names that are no UTF-8.
        let removal = Process()
        removal.executableURL = URL(fileURLWithPath: "/bin/sh")
        removal.arguments = ["-c", "chmod -R u+rwX -- \"$0\"; exec rm -rf -- \"$0\"", path]
        if (try? removal.run()) != nil { removal.waitUntilExit() }
    }

    func callAsFunction(_ below: String) -> String { "\(path)/\(below)" }

    func folder(_ below: String) throws -> Folder {
        let folder = Folder(path: Array(self(below).utf8))
        try FileManager.default.createDirectory(atPath: self(below), withIntermediateDirectories: true)
        return folder
    }
}

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

struct SystemError: Error, CustomStringConvertible {
    let description: String

    init(_ call: String) { description = "\(call): \(String(cString: strerror(errno)))" }
}

func check<Value: SignedInteger>(_ call: String, _ result: Value) throws -> Value {
    guard result >= 0 else { throw SystemError(call) }
    return result
}

/// The bytes with the zero that ends a path in C.
func cString(_ bytes: [UInt8]) -> [CChar] { bytes.map(CChar.init(bitPattern:)) + [0] }
