internal import CCurl

/// How long finding a host and connecting to it may take: each has a limit of its own.
///
/// A resolver asks its second server after 5 s; a machine that is there takes a connection far sooner.
struct ConnectionWatch {
    enum Progress: Hashable {
        case lookingUp
        /// The address was found so long after the beginning.
        case connecting(since: Duration)
        case connected
    }

    let timeouts: S3Configuration.Timeouts

    /// Why a transfer that began so long ago has failed; nil while it has not.
    func failure(_ progress: Progress, after elapsed: Duration) -> TransferFailure? {
        switch progress {
        case .lookingUp where elapsed > timeouts.lookup:
            .curl(
                CURLE_COULDNT_RESOLVE_HOST,
                "no name server has answered within \(timeouts.lookup.components.seconds) s")
        case .connecting(let found) where elapsed - found > timeouts.connect:
            .curl(CURLE_OPERATION_TIMEDOUT, "no connection within \(timeouts.connect.wholeMilliseconds) ms")
        default: nil
        }
    }
}
