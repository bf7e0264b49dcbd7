internal import Synchronization

/// When a long run commits what it has so far: every hour.
public final class CheckpointSchedule: Sendable {
    private let interval: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let last: Mutex<ContinuousClock.Instant>

    /// Begins the first interval.
    public init(
        every interval: Duration = .seconds(3600),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.interval = interval
        self.now = now
        last = Mutex(now())
    }

    /// Whether the interval is over; the next one begins then.
    func takeDue() -> Bool {
        let now = now()
        return last.withLock { last in
            guard now - last >= interval else { return false }
            last = now
            return true
        }
    }
}
