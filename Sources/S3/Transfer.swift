internal import ObjectStore

/// One request on its way, from the task that asks to the transport's thread and back.
final class Transfer: @unchecked Sendable {
    // @unchecked Sendable: handed over once, under the mailbox's lock; from then on the transport's thread
    // alone touches what varies. The flag is atomic.
    typealias Outcome = Result<HTTPResponse, TransferFailure>

    let request: HTTPRequest
    let cancellation: CancellationFlag
    private let continuation: CheckedContinuation<Outcome, Never>
    private var sentByteCount = 0
    /// Bytes so far, both ways; those that were sent again count again.
    private(set) var movedByteCount = 0
    /// Whether anything has come since the loop looked last. What is sent may lie in a buffer of this machine.
    var hasReceived = false
    private(set) var receiver: ResponseReceiver
    /// For whoever watches over it.
    var silence = Silence(at: .now)
    var pace = Pace(at: .now)
    /// Whether this is the second time that it is sent, which is the last.
    private(set) var isResent = false
    /// When it was handed to libcurl for the first time.
    var firstStarted: ContinuousClock.Instant?
    /// When it was handed to libcurl, the last time.
    var started = ContinuousClock.now

    init(
        _ request: HTTPRequest, cancellation: CancellationFlag,
        continuation: CheckedContinuation<Outcome, Never>
    ) {
        self.request = request
        self.cancellation = cancellation
        self.continuation = continuation
        receiver = ResponseReceiver(request)
    }

    /// Forgets what was sent and received, to be sent once more.
    func beginAgain() {
        isResent = true
        sentByteCount = 0
        receiver = ResponseReceiver(request)
    }

    /// Hands the outcome to the task that waits; called once.
    func finish(_ outcome: Outcome) { continuation.resume(returning: outcome) }

    /// Copies the next bytes of the body into libcurl's buffer, and tells how many they were.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request.body else { return 0 }
        return body.withUnsafeBytes { bytes in
            let next = UnsafeRawBufferPointer(rebasing: bytes[sentByteCount...].prefix(buffer.count))
            buffer.copyMemory(from: next)
            sentByteCount += next.count
            movedByteCount += next.count
            return next.count
        }
    }

    /// Goes back in the body, because a connection ended under a request that libcurl sends again.
    func seek(to offset: Int) -> Bool {
        guard let body = request.body, (0...body.count).contains(offset) else { return false }
        sentByteCount = offset
        return true
    }

    /// The whole answer, when the transfer has ended well; asked for once.
    func endAnswer() -> HTTPResponse { receiver.finish() }

    func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        movedByteCount += line.count
        hasReceived = true
        return receiver.receiveHeader(line)
    }

    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        movedByteCount += bytes.count
        hasReceived = true
        return receiver.receiveBody(bytes)
    }
}
