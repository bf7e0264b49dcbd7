internal import Foundation

/// What this process has resident, as proc(5) tells it, in bytes.
public enum ProcessMemory {
    public static func resident() throws -> Int { try field("VmRSS:") }

    /// The most that it had since `resetPeak`, or since it began.
    public static func peak() throws -> Int { try field("VmHWM:") }

    /// Lets `peak` begin anew.
    public static func resetPeak() throws {
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    }

    private static func field(_ name: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let kibibytes = Int(line.split(whereSeparator: \.isWhitespace)[1])
        else { throw CocoaError(.fileReadCorruptFile) }
        return kibibytes * 1024
    }
}
