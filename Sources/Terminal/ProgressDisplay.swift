internal import Dispatch
internal import Threads

/// Keeps the progress line up to date from a thread of its own, five times a second, until it is stopped.
///
/// The thread is none of Swift's: where all of those are at work, the line still moves.
public final class ProgressDisplay: Sendable {
    private static let interval = DispatchTimeInterval.milliseconds(200)

    private let stopRequest = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)

    /// Starts to show what `snapshot` returns, which is called on that thread and must not block. nil where no
    /// progress line belongs, or no thread is to be had for it.
    public init?(on output: Output, snapshot: @escaping @Sendable () -> ProgressSnapshot) {
        guard output.canShowProgress else { return nil }
        let isShown: Void? = try? startThread { [stopRequest, stopped] in
            let clock = ContinuousClock()
            let start = clock.now
            var estimator = RateEstimator()
            repeat {
                let current = snapshot()
                let rate = estimator.rate(bytes: current.bytes, at: clock.now - start)
                output.drawProgress { ProgressLine.text(current, bytesPerSecond: rate, width: $0) }
            } while stopRequest.wait(timeout: .now() + Self.interval) == .timedOut
            output.drawProgress(nil)
            stopped.signal()
        }
        if isShown == nil { return nil }
    }

    /// Takes the line away; when it returns, `snapshot` is called no more. To be called once.
    public func stop() {
        stopRequest.signal()
        stopped.wait()
    }
}
