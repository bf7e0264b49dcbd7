internal import Foundation

/// How much of a randomised test is run, and from which seed: a little by default, and as much as the
/// environment says where `scripts/soak.sh` runs it in full. Counts decide, never time.
public enum Soak {
    /// `PHOTOBACKUP_SOAK_SEED`, else 1. The first of a row: each run of a test has a seed of its own, which a
    /// failure names, so that it can be run again alone.
    public static let seed = value("SEED").flatMap { UInt64($0) } ?? 1

    /// `PHOTOBACKUP_SOAK_<PART>`, else `count`.
    public static func count(_ part: String, default count: Int) -> Int {
        value(part).flatMap { Int($0) } ?? count
    }

    /// Whether the environment says how much of it is run, and so by itself.
    public static func isFull(_ part: String) -> Bool { value(part) != nil }

    /// The seeds of as many runs, told on standard error.
    public static func seeds(_ part: String, default count: Int) -> Range<UInt64> {
        let count = Self.count(part, default: count)
        tell("\(part.lowercased()): \(count) from seed \(seed)")
        return seed..<(seed &+ UInt64(max(0, count)))
    }

    /// Says something on standard error, beside what the tests find.
    public static func tell(_ text: String) {
        FileHandle.standardError.write(Data("soak: \(text)\n".utf8))
    }

    private static func value(_ name: String) -> String? {
        ProcessInfo.processInfo.environment["PHOTOBACKUP_SOAK_\(name)"]
    }
}
