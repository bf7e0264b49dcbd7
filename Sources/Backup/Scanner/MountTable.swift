internal import Foundation
import Glibc

/// The mounts that this process sees, as the kernel tells them.
///
/// Source: proc_pid_mountinfo(5). Without a `/proc` there are none.
struct MountTable {
    struct Mount {
        let id: Int
        let device: UInt64
        let point: String
        let kind: String
    }

    let mounts: [Mount]

    init() {
        let text = FileManager.default.contents(atPath: "/proc/self/mountinfo") ?? Data()
        mounts = text.split(separator: UInt8(ascii: "\n")).compactMap { Self.mount(Array($0)) }
    }

    private static func mount(_ line: [UInt8]) -> Mount? {
        let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard words.count > 6, let id = Int(words[0]), let end = words.firstIndex(of: "-"),
            end + 1 < words.count
        else { return nil }
        let numbers = words[2].split(separator: ":").compactMap { UInt64($0) }
        guard numbers.count == 2 else { return nil }
        return Mount(
            id: id, device: device(major: numbers[0], minor: numbers[1]), point: unescaped(words[4]),
            kind: words[end + 1])
    }

    /// As `makedev(3)` of glibc, which is no function that Swift imports.
    private static func device(major: UInt64, minor: UInt64) -> UInt64 {
        (major & 0xFFF) << 8 | (major & ~0xFFF) << 32 | (minor & 0xFF) | (minor & ~0xFF) << 12
    }

    /// Spaces, tabs, line ends and backslashes are written as `\040`.
    private static func unescaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
