internal import Glibc

/// Writes to a descriptor; after the first failure nothing more, and the failure is kept.
struct LineWriter {
    private static let bufferedByteCount = 1 << 16

    private let descriptor: CInt
    private let isBuffered: Bool
    let isTerminal: Bool
    private var buffer: [UInt8] = []
    /// errno of the first write that failed.
    private(set) var failure: CInt?

    /// - Parameter isBuffered: whether lines wait for `flush`, or for 64 KiB.
    init(descriptor: CInt, isBuffered: Bool) {
        self.descriptor = descriptor
        self.isBuffered = isBuffered
        isTerminal = isatty(descriptor) == 1
    }

    mutating func write(_ bytes: [UInt8]) {
        guard failure == nil else { return }
        buffer += bytes
        if !isBuffered || buffer.count >= Self.bufferedByteCount { flush() }
    }

    mutating func flush() {
        var written = 0
        while written < buffer.count, failure == nil {
            let count = buffer.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // A terminal or pipe that somebody else made non-blocking: wait until it takes more.
                var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&event, 1, -1)
            } else if errno != EINTR {
                failure = errno
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// The columns of the terminal, 80 where it does not say.
    var width: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
