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
