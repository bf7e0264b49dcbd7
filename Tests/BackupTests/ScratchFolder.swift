import Foundation
import Testing

@testable import Backup
@testable import Vault

/// A folder of a test's own, which goes with its owner. Paths in it are bytes, as file names are.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        let template = NSTemporaryDirectory() + "/photobackup-tests-XXXXXX"
        var bytes = Array(template.utf8CString)
        guard mkdtemp(&bytes) != nil else { throw SystemFailure.last }
        path = String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        // Not FileManager, which stumbles over names that are no UTF-8, and folders that a test closed.
        _ = try? run("/bin/chmod", "-R", "u+rwX", "--", path)
        _ = try? run("/bin/rm", "-rf", "--", path)
    }

    func callAsFunction(_ below: String) -> String { "\(path)/\(below)" }

    func bytes(_ below: [UInt8]) -> [UInt8] { Array(path.utf8) + [UInt8(ascii: "/")] + below }

    /// Makes the folder and those above it.
    func makeFolder(_ below: String, mode: mode_t = 0o755) throws {
        try FileManager.default.createDirectory(atPath: self(below), withIntermediateDirectories: true)
        try checked { chmod(self(below), mode) }
    }

    func makeFolder(_ below: [UInt8]) throws {
        _ = try bytes(below).withCString { path in try checked { mkdir(path, 0o755) } }
    }

    /// Writes the file, in a folder that is made.
    func write(_ text: String = "content", to below: String, mode: mode_t = 0o644) throws {
        try makeFolder((below as NSString).deletingLastPathComponent)
        try Data(text.utf8).write(to: URL(fileURLWithPath: self(below)))
        try checked { chmod(self(below), mode) }
    }

    func write(_ text: String = "content", to below: [UInt8]) throws {
        let descriptor = try bytes(below).withCString { path in
            try checked { open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644) }
        }
        defer { close(descriptor) }
        _ = try Array(text.utf8).withUnsafeBytes { bytes in
            try checked { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
        }
    }

    func link(_ below: String, to target: String) throws {
        try checked { symlink(target, self(below)) }
    }

    func contents(of below: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: self(below))), as: UTF8.self)
    }

    /// The names in a folder, sorted.
    func names(in below: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self(below)).sorted()
    }
}

/// Runs a program and returns what it prints; throws if it fails.
@discardableResult
func run(_ program: String, _ arguments: String...) throws -> Data {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
    // Not FileHandle's own reading, which ends the tests when a signal interrupts it.
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = try checked { read(output.fileHandleForReading.fileDescriptor, &buffer, buffer.count) }
        guard count > 0 else { break }
        data.append(contentsOf: buffer[..<count])
    }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw SystemFailure(process.terminationStatus) }
    return data
}

extension EntryPath {
    init(_ text: String) { self.init(text.utf8)! }
}
