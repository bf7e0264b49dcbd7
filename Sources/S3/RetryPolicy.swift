internal import Synchronization

/// When a failed request is sent again, and how long before.
///
/// Source: "Exponential Backoff and Jitter" (AWS Architecture Blog, full jitter); the retry behaviour of the
/// AWS SDKs in standard mode.
struct RetryPolicy: Sendable {
    /// A request is sent at most this many times; a timeout counts twice, because it has already taken long.
    var maximumAttempts = 5
    var base = Duration.milliseconds(100)
    var ceiling = Duration.seconds(20)
    /// The longest wait that a provider may ask for.
    var retryAfterCeiling = Duration.seconds(60)
    /// How far from this machine's clock a provider may say that it is, in seconds, for its time to be signed with.
    ///
    /// Source: docs/decisions/0035-whose-time-is-signed.md
    var greatestClockCorrection: Int64 = 86_400
    /// Whether that is believed over plain http too, where anybody on the way could have said it. For tests.
    var correctsClockWithoutTLS = false

    /// The wait before the retry number `retry`, from 0 on: a part, `random` (0 to 1), of a time that doubles
    /// up to the ceiling; not less than the provider asks for.
    func delay(retry: Int, retryAfter: Duration?, random: Double) -> Duration {
        let longest = min(base * (1 << min(retry, 20)), ceiling)
        return max(longest * random, min(retryAfter ?? .zero, retryAfterCeiling))
    }
}

/// How many retries a provider is still worth in this phase, shared by all of a store's requests: a provider
/// that keeps failing is left alone instead of hammered.
final class RetryBudget: Sendable {
    static let capacity = 500
    static let retryCost = 5
    static let timeoutCost = 10

    private struct State {
        var tokens = RetryBudget.capacity
        var isSuspended = false
        /// Whether it was suspended because nobody was there.
        var isSilent = false
        /// Whether somebody has to be there before anything else is sent.
        var mustReturn = false
    }

    private let state = Mutex(State())

    /// Once true, it stays so until the next phase.
    var isSuspended: Bool { state.withLock { $0.isSuspended } }

    /// Gives another chance. Who was not there before is asked first whether it is back, in a few seconds.
    func beginPhase() {
        state.withLock { state in
            let wasSilent = state.isSilent || state.mustReturn
            state = State()
            state.mustReturn = wasSilent
        }
    }

    /// Whether it is left alone because nobody was there.
    var isSilent: Bool { state.withLock { $0.isSilent } }

    var mustReturn: Bool { state.withLock { $0.mustReturn } }

    func returned() { state.withLock { $0.mustReturn = false } }

    func suspend(isSilent: Bool) {
        state.withLock { state in
            (state.isSuspended, state.isSilent, state.mustReturn) = (true, isSilent, false)
        }
    }

    func succeeded() { state.withLock { $0.tokens = min($0.tokens + 1, Self.capacity) } }

    /// Pays for a retry; false when the budget does not suffice, and from then on.
    func pay(_ cost: Int) -> Bool {
        state.withLock { state in
            guard !state.isSuspended, state.tokens >= cost else {
                state.isSuspended = true
                return false
            }
            state.tokens -= cost
            return true
        }
    }
}

/// The clock, chance and waiting, so that tests decide them.
struct RetryEnvironment: Sendable {
    /// Seconds since 1970.
    var now: @Sendable () -> Int64
    /// From 0 to 1.
    var random: @Sendable () -> Double
    var sleep: @Sendable (Duration) async throws -> Void
}
