internal import CSodium

/// The state of one `crypto_secretstream_xchacha20poly1305` stream, on the heap and wiped on release, so that
/// moving its owner leaves no copy of the key behind.
private struct StreamState: ~Copyable {
    let pointer: UnsafeMutablePointer<crypto_secretstream_xchacha20poly1305_state>

    init() {
        Sodium.prepare()
        pointer = .allocate(capacity: 1)
    }

    deinit {
        sodium_memzero(pointer, MemoryLayout<crypto_secretstream_xchacha20poly1305_state>.size)
        pointer.deallocate()
    }
}

/// The lengths of secretstream.
public enum SecretStream {
    /// The header that begins a stream.
    public static let headerByteCount = Int(crypto_secretstream_xchacha20poly1305_HEADERBYTES)
    /// What a message is longer than its plaintext.
    public static let overheadByteCount = 17
}

/// Writes a secretstream message by message, each bound to the same associated data.
///
/// Source: `crypto_secretstream_xchacha20poly1305_init_push` and `_push`.
public struct SecretStreamSealer: ~Copyable {
    private let state = StreamState()
    private let associatedData: [UInt8]
    private var isFinished = false

    /// Begins a stream and writes its header of 24 bytes to the start of `header`.
    public init(key: ChunkKey, associatedData: [UInt8], header: UnsafeMutableRawBufferPointer) {
        precondition(header.count >= SecretStream.headerByteCount)
        self.associatedData = associatedData
        key.withUnsafeBytes { key in
            _ = crypto_secretstream_xchacha20poly1305_init_push(
                state.pointer, header.baseAddress!.assumingMemoryBound(to: UInt8.self),
                key.baseAddress!.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// Seals one message into the first `plaintext.count + 17` bytes of `output`; nothing follows the final one.
    public mutating func seal(
        _ plaintext: UnsafeRawBufferPointer, isFinal: Bool, into output: UnsafeMutableRawBufferPointer
    ) {
        precondition(!isFinished, "a message after the final one")
        precondition(output.count >= plaintext.count + SecretStream.overheadByteCount)
        let tag =
            isFinal
            ? crypto_secretstream_xchacha20poly1305_tag_final()
            : crypto_secretstream_xchacha20poly1305_tag_message()
        _ = crypto_secretstream_xchacha20poly1305_push(
            state.pointer, output.baseAddress!.assumingMemoryBound(to: UInt8.self), nil,
            plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(plaintext.count),
            associatedData, UInt64(associatedData.count), tag)
        isFinished = isFinal
    }
}

/// Reads a secretstream message by message. An error is final: all later calls throw too.
///
/// Source: `crypto_secretstream_xchacha20poly1305_init_pull` and `_pull`.
public struct SecretStreamOpener: ~Copyable {
    private enum Phase { case open, finished, failed }

    private let state = StreamState()
    private let associatedData: [UInt8]
    private var phase = Phase.open

    /// Whether the final message has been read: without it the stream is cut short.
    public var isFinished: Bool { phase == .finished }

    /// - Throws: `wrongLength` when `header` is not 24 bytes; `notAuthentic` when libsodium refuses it.
    public init(key: ChunkKey, associatedData: [UInt8], header: UnsafeRawBufferPointer) throws(CryptoError) {
        self.associatedData = associatedData
        guard header.count == SecretStream.headerByteCount else {
            throw CryptoError(.wrongLength, "sealed chunk's header")
        }
        let status = key.withUnsafeBytes { key in
            crypto_secretstream_xchacha20poly1305_init_pull(
                state.pointer, header.baseAddress!.assumingMemoryBound(to: UInt8.self),
                key.baseAddress!.assumingMemoryBound(to: UInt8.self))
        }
        guard status == 0 else { throw CryptoError(.notAuthentic, "sealed chunk's header") }
    }

    /// Opens one message into the first `message.count - 17` bytes of `output`.
    ///
    /// - Throws: `notAuthentic` for altered bytes, another key or other associated data; `truncated` for bytes
    ///   after the final message; `wrongLength` for a message too short to be one.
    public mutating func open(
        _ message: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        guard phase == .open else {
            let code: CryptoError.Code = phase == .finished ? .truncated : .notAuthentic
            phase = .failed
            throw CryptoError(code, "bytes after the end of a sealed chunk")
        }
        phase = .failed
        guard message.count >= SecretStream.overheadByteCount else {
            throw CryptoError(.wrongLength, "sealed message")
        }
        precondition(output.count >= message.count - SecretStream.overheadByteCount)
        var tag: UInt8 = 0
        let status = crypto_secretstream_xchacha20poly1305_pull(
            state.pointer, output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, &tag,
            message.baseAddress!.assumingMemoryBound(to: UInt8.self), UInt64(message.count),
            associatedData, UInt64(associatedData.count))
        guard status == 0 else { throw CryptoError(.notAuthentic, "sealed message") }
        switch tag {
        case crypto_secretstream_xchacha20poly1305_tag_final(): phase = .finished
        case crypto_secretstream_xchacha20poly1305_tag_message(): phase = .open
        default: throw CryptoError(.notAuthentic, "sealed message's tag")
        }
    }
}
