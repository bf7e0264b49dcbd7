internal import Synchronization

/// How many requests a store has sent, and how many bytes of bodies went and came; repeated ones count again.
public struct RequestStatistics: Hashable, Sendable {
    public var requests = 0
    public var bytesSent = 0
    public var bytesReceived = 0

    public init(requests: Int = 0, bytesSent: Int = 0, bytesReceived: Int = 0) {
        self.requests = requests
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
    }

    public static func - (left: Self, right: Self) -> Self {
        Self(
            requests: left.requests - right.requests, bytesSent: left.bytesSent - right.bytesSent,
            bytesReceived: left.bytesReceived - right.bytesReceived)
    }
}

/// Counts for all tasks and the transport's thread at once.
final class RequestCounter: Sendable {
    private let statistics = Mutex(RequestStatistics())

    func count(sent: Int, received: Int) {
        statistics.withLock {
            $0.requests += 1
            $0.bytesSent += sent
            $0.bytesReceived += received
        }
    }

    var snapshot: RequestStatistics { statistics.withLock { $0 } }

    private let lastAnswer = Mutex<ContinuousClock.Instant?>(nil)

    /// Something has come, on some transfer.
    func noteAnswer(at now: ContinuousClock.Instant) { lastAnswer.withLock { $0 = now } }

    /// Whether anything has come since then.
    func hasAnswered(since start: ContinuousClock.Instant) -> Bool {
        lastAnswer.withLock { $0.map { $0 > start } ?? false }
    }
}
