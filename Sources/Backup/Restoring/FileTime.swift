/// Times on file systems that keep them less exactly than in nanoseconds.
enum FileTime {
    /// What file systems and protocols keep times by: FAT 2 s, SFTP 1 s, exFAT 10 ms, SMB and NTFS 100 ns.
    private static let steps: [Int64] = [2_000_000_000, 1_000_000_000, 10_000_000, 1_000_000, 1000, 100]

    /// Whether a time, as a file system shows it, is what it has made of `original`.
    static func isSame(_ shown: Int64, as original: Int64) -> Bool {
        if shown == original { return true }
        let (difference, overflow) = shown.subtractingReportingOverflow(original)
        guard !overflow else { return false }
        return steps.contains { shown % $0 == 0 && difference.magnitude < $0.magnitude }
    }
}
