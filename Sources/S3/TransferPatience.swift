/// How long a transfer may be silent before it has failed.
struct TransferPatience: Hashable, Sendable {
    /// While bytes are to move.
    var stall = Duration.seconds(30)
    /// Between the last byte of the request and the first one of the answer: whoever stores a large object, or lists a
    /// large bucket, may need long to begin to answer.
    var answer = Duration.seconds(30)
    /// From being handed to libcurl to its end.
    var total = Duration.seconds(300)
    /// Whether it may be sent again on another connection when it is silent for far longer than others.
    var mayBeResent = true

    /// A provider that needs a second for each of so many bytes is still taken for one that works.
    private static let bytesPerSecond = 1 << 20
    /// Who is slower than this, over all of a transfer, is given up on: a pack would take three hours.
    private static let leastBytesPerSecond = 2 << 10
    /// How many times longer an answer is waited for once the provider has shown that it is there.
    private static let patientFactor = 6

    init() {}

    /// - Parameters:
    ///   - stall: as configured.
    ///   - isPatient: whether the provider is known to be there, and slow.
    init(for operation: S3Operation, stall: Duration, isPatient: Bool) {
        self.stall = stall
        answer = stall
        // A listing has a thousand names; what else a bucket tells is short.
        let byteCount = operation.key.isEmpty ? 0 : operation.maximumByteCount
        total += .seconds((byteCount + (operation.body?.count ?? 0)) / Self.leastBytesPerSecond)
        guard operation.isSlowToAnswer else { return }
        answer =
            isPatient
            ? stall * Self.patientFactor
            : stall + .seconds((operation.body?.count ?? 0) / Self.bytesPerSecond)
        mayBeResent = operation.body != nil
    }

    /// A large body that has arrived is not sent twice because its acknowledgement takes a while.
    func mayBeResent(bodyIsGone: Bool, byteCount: Int) -> Bool {
        mayBeResent && !(bodyIsGone && byteCount > Self.bytesPerSecond)
    }
}

extension S3Operation {
    /// Whether the provider may have much to do before its answer begins: it stores an object, or lists a bucket.
    var isSlowToAnswer: Bool { body != nil || key.isEmpty && method == .get }
}
