internal import ObjectStore
internal import S3Signer
internal import Synchronization

/// What signing needs and what is learned about it on the way: credentials, the bucket's region, the clock.
final class SigningState: Sendable {
    private struct State {
        /// Kept from one request to the next, because it keeps the signing key of the day.
        var signer: SigV4Signer?
        var region: String
        /// What to add to this machine's clock to have the provider's, in seconds.
        var clockOffset: Int64 = 0
    }

    private let state: Mutex<State>
    private let ask: @Sendable () throws -> S3Credentials
    // One thread: whoever comes second finds what the first one was given, instead of a second prompt.
    private let thread = BlockingThreads(count: 1)

    init(_ configuration: S3Configuration) {
        state = Mutex(State(region: configuration.region))
        ask = configuration.credentials
    }

    var region: String { state.withLock { $0.region } }
    var clockOffset: Int64 { state.withLock { $0.clockOffset } }

    func correct(clockOffset: Int64) { state.withLock { $0.clockOffset = clockOffset } }

    func correct(region: String) {
        state.withLock { state in
            state.region = region
            state.signer = state.signer.map { SigV4Signer(credentials: $0.credentials, region: region) }
        }
    }

    /// Makes the next request ask for credentials, unless somebody has done so since these were used.
    func forget(_ credentials: S3Credentials) {
        state.withLock { if $0.signer?.credentials == credentials { $0.signer = nil } }
    }

    /// What signs now. Credentials are asked for on a thread of their own if need be.
    func signer() async throws -> SigV4Signer {
        if let known { return known }
        return try await thread.run { [self] in
            Result {
                if let known { return known }
                let credentials = try ask()
                return state.withLock { state in
                    let signer = SigV4Signer(credentials: credentials, region: state.region)
                    state.signer = signer
                    return signer
                }
            }
        }.get()
    }

    private var known: SigV4Signer? { state.withLock { $0.signer } }
}
