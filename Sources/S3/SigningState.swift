internal import ObjectStore
internal import S3Signer
internal import Synchronization

/// What signing needs and what is learned about it on the way: credentials, the bucket's region, the clock.
final class SigningState: Sendable {
    /// How long before they end credentials are renewed, in seconds, and how soon after a renewal that brought nothing
    /// new they are asked for again.
    private static let renewalTime: Int64 = 300
    private static let leastPause: Int64 = 30

    private struct State {
        /// Kept from one request to the next, because it keeps the signing key of the day.
        var signer: SigV4Signer?
        var region: String
        /// What to add to this machine's clock to have the provider's, in seconds.
        var clockOffset: Int64 = 0
        /// When to ask for credentials again, by this machine's clock; nil for those that do not end.
        var renewal: Int64?
        /// When asking after a refusal brought the same ones last.
        var renewedInVain: Int64?
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

    /// What signs now. Credentials are asked for on a thread of their own if need be, and anew before they end.
    func signer(at now: Int64) async throws -> SigV4Signer {
        if let known = known(at: now) { return known }
        return try await thread.run { [self] in
            Result {
                if let known = known(at: now) { return known }
                let old = state.withLock { $0.signer }
                do {
                    return keep(try ask(), at: now)
                } catch {
                    // They were asked for too early: what is there holds for a while yet.
                    guard let old, let end = old.credentials.expiration, end > now else { throw error }
                    return keep(old.credentials, at: now)
                }
            }
        }.get()
    }

    /// Asks for credentials once more because the provider refused `refused`: a command, a file or a process may have
    /// others by now.
    ///
    /// - Returns: whether requests are signed with other ones from now on; false without asking for those that do not
    ///   change, and where asking a moment ago brought nothing new.
    func renew(_ refused: S3Credentials, at now: Int64) async -> Bool {
        let isOld = state.withLock { $0.signer?.credentials == refused }
        guard isOld else { return true }
        guard refused.isRenewable else { return false }
        let isRenewed = try? await thread.run { [self] in
            let (credentials, asked) = state.withLock { ($0.signer?.credentials, $0.renewedInVain) }
            guard credentials == refused else { return true }
            if let asked, now - asked < Self.leastPause { return false }
            guard let new = try? ask(), new != refused else {
                state.withLock { $0.renewedInVain = now }
                return false
            }
            _ = keep(new, at: now)
            return true
        }
        return isRenewed ?? false
    }

    private func keep(_ credentials: S3Credentials, at now: Int64) -> SigV4Signer {
        state.withLock { state in
            if state.signer?.credentials != credentials || state.signer == nil {
                state.signer = SigV4Signer(credentials: credentials, region: state.region)
            }
            state.renewal = credentials.expiration.map { end in
                // A life shorter than the time before its end must not lead to asking at every request.
                max(end - Self.renewalTime, now + max((end - now) / 2, Self.leastPause))
            }
            return state.signer!
        }
    }

    private func known(at now: Int64) -> SigV4Signer? {
        state.withLock { state in
            if let renewal = state.renewal, now >= renewal { return nil }
            return state.signer
        }
    }
}
