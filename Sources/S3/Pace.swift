/// Whether a transfer on which something moves moves enough to be worth waiting for. What trickles is no better than what
/// is silent, and is never silent for long.
struct Pace {
    /// What has to move, on average, in each time for which it might have been silent.
    static let leastBytesPerSecond = 512
    /// The same where a limit of the user's makes transfers slow.
    static let leastUnderLimit = 16

    private var start: ContinuousClock.Instant
    private var byteCount: Int

    init(at now: ContinuousClock.Instant) { (start, byteCount) = (now, 0) }

    /// Begins the time anew: nothing was to move until now.
    mutating func rest(movedByteCount count: Int, at now: ContinuousClock.Instant) {
        (start, byteCount) = (now, count)
    }

    /// Takes what has moved by now; how much has in the last `window`, if that was too little.
    mutating func observe(
        movedByteCount count: Int, at now: ContinuousClock.Instant, window: Duration, isLimited: Bool
    ) -> Int? {
        guard now - start >= window else { return nil }
        let moved = count - byteCount
        let seconds = Int((now - start).components.seconds)
        rest(movedByteCount: count, at: now)
        return moved < seconds * (isLimited ? Self.leastUnderLimit : Self.leastBytesPerSecond) ? moved : nil
    }
}
