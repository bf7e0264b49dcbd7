public import Vault

/// The bytes in a replica that nothing needs any more, as a prune has found them: only that one reads every page.
public struct DeadSpace: Sendable, Hashable {
    public let time: UTCTime
    /// Inside packs that hold something living too: they stay until the last of it goes.
    public let insidePacks: Int64
    /// In packs that are marked, and wait to be deleted.
    public let waiting: Int64

    init(_ summary: PruneSummary, at time: UTCTime = .now()) {
        self.time = time
        insidePacks = summary.deadByteCount
        waiting = summary.marked.byteCount + summary.waiting.byteCount
    }

    /// As the catalog keeps it.
    init?(text: String) {
        let parts = text.split(separator: " ").compactMap { Int64($0) }
        guard parts.count == 3 else { return nil }
        (time, insidePacks, waiting) = (UTCTime(secondsSince1970: parts[0]), parts[1], parts[2])
    }

    var text: String { "\(time.secondsSince1970) \(insidePacks) \(waiting)" }
}
