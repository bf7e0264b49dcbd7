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
        /// Why it is left alone; nil while it is not.
        var suspicion: Suspicion?
        /// Whether somebody has to be there before anything else is sent.
        var mustReturn = false
    }

    /// Why a provider is left alone, in words that follow "it".
    enum Suspicion: String, Sendable {
        case silence = "answers nothing"
        case slowness = "is too slow"
        case failures = "failed too often"
    }

    private let state = Mutex(State())

    /// Once there, it stays so until the next phase.
    var suspicion: Suspicion? { state.withLock { $0.suspicion } }
    var isSuspended: Bool { suspicion != nil }

    /// Gives another chance. Who was not there before is asked first whether it is back, in a few seconds.
    func beginPhase() {
        state.withLock { state in
            let wasSilent = state.suspicion == .silence || state.mustReturn
            state = State()
            state.mustReturn = wasSilent
        }
    }

    var mustReturn: Bool { state.withLock { $0.mustReturn } }

    func returned() { state.withLock { $0.mustReturn = false } }

    func suspend(because suspicion: Suspicion) {
        state.withLock { ($0.suspicion, $0.mustReturn) = (suspicion, false) }
    }

    func succeeded() { state.withLock { $0.tokens = min($0.tokens + 1, Self.capacity) } }

    /// Pays for a retry; false when the budget does not suffice, and from then on.
    func pay(_ cost: Int) -> Bool {
        state.withLock { state in
            guard state.suspicion == nil, state.tokens >= cost else {
                if state.suspicion == nil { state.suspicion = .failures }
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
