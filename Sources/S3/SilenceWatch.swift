/// When a transfer on which nothing moves is sent again on another connection: far later than this provider's
/// answers are.
///
/// One answer in a thousand stalls for seconds, because a connection or the machine behind it is lost; the same
/// request elsewhere is answered at once. All requests may be sent twice: what they write is the same bytes under
/// the same name.
struct SilenceWatch {
    /// Silences are heard of when the loop looks, which it does that often while transfers run.
    static let interval = Duration.milliseconds(500)

    private static let shortest = Duration.seconds(2)
    private static let factor = 4
    private static let sampleCount = 64
    private static let neededCount = 10

    /// The longest silence of each of the last transfers that have succeeded.
    private var silences: [Duration] = []
    private var next = 0

    /// How long a transfer may be silent: four times what nine of ten never reach, and never less than 2 s. nil until
    /// enough is known of the provider.
    var patience: Duration? {
        guard silences.count >= Self.neededCount else { return nil }
        let ninth = silences.sorted()[silences.count * 9 / 10]
        return max(Self.shortest, ninth * Self.factor)
    }

    mutating func record(_ silence: Duration) {
        if silences.count < Self.sampleCount {
            silences.append(silence)
        } else {
            silences[next] = silence
            next = (next + 1) % Self.sampleCount
        }
    }
}

/// How long nothing has moved on one transfer.
struct Silence {
    private var movedByteCount = 0
    private var since: ContinuousClock.Instant
    /// The longest so far.
    private(set) var longest = Duration.zero

    init(at now: ContinuousClock.Instant) { since = now }

    /// Takes what has moved by now, and tells how long nothing has.
    mutating func observe(movedByteCount count: Int, at now: ContinuousClock.Instant) -> Duration {
        let silence = now - since
        longest = max(longest, silence)
        guard count != movedByteCount else { return silence }
        (movedByteCount, since) = (count, now)
        return .zero
    }
}
