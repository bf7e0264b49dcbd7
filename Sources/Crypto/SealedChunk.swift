/// A chunk sealed as one secretstream: a header of 24 bytes, then messages of 256 KiB of plaintext (the last
/// one shorter, or empty for an empty chunk), each 17 bytes longer sealed, the last one tagged FINAL.
///
/// Sealing and opening go message by message, so that each stays in the processor's cache.
public enum SealedChunk {
    /// Plaintext in a message: 256 KiB.
    public static let messageByteCount = 256 << 10

    private static let sealedMessageByteCount = messageByteCount + SecretStream.overheadByteCount

    /// How long a chunk of so much plaintext is when it is sealed.
    public static func sealedByteCount(plaintextByteCount: Int) -> Int {
        let messages = max(1, (plaintextByteCount + messageByteCount - 1) / messageByteCount)
        return SecretStream.headerByteCount + plaintextByteCount + messages * SecretStream.overheadByteCount
    }

    /// How much plaintext a sealed chunk of this length holds; nil when no chunk has this length.
    public static func plaintextByteCount(sealedByteCount: Int) -> Int? {
        let body = sealedByteCount - SecretStream.headerByteCount
        guard body >= SecretStream.overheadByteCount else { return nil }
        let messages = (body + sealedMessageByteCount - 1) / sealedMessageByteCount
        let plaintext = body - messages * SecretStream.overheadByteCount
        guard plaintext >= 0, Self.sealedByteCount(plaintextByteCount: plaintext) == sealedByteCount else {
            return nil
        }
        return plaintext
    }

    /// Seals `plaintext` into `output`, which is exactly `sealedByteCount` long.
    ///
    /// `onSealed` gets each run of sealed bytes as it is written, while it is in the cache: that is where the
    /// pack's hash is made.
    public static func seal(
        _ plaintext: UnsafeRawBufferPointer, key: ChunkKey, associatedData: [UInt8],
        into output: UnsafeMutableRawBufferPointer, onSealed: (UnsafeRawBufferPointer) -> Void = { _ in }
    ) {
        precondition(output.count == sealedByteCount(plaintextByteCount: plaintext.count))
        var sealer = SecretStreamSealer(key: key, associatedData: associatedData, header: output)
        onSealed(UnsafeRawBufferPointer(rebasing: output[..<SecretStream.headerByteCount]))
        var read = 0
        var written = SecretStream.headerByteCount
        repeat {
            let length = min(messageByteCount, plaintext.count - read)
            let end = written + length + SecretStream.overheadByteCount
            let message = UnsafeMutableRawBufferPointer(rebasing: output[written..<end])
            sealer.seal(
                UnsafeRawBufferPointer(rebasing: plaintext[read..<(read + length)]),
                isFinal: read + length == plaintext.count, into: message)
            onSealed(UnsafeRawBufferPointer(message))
            read += length
            written = end
        } while read < plaintext.count
    }

    /// Opens a sealed chunk into `output`, which is exactly as long as the plaintext.
    ///
    /// - Throws: `wrongLength` when the lengths do not belong together, `notAuthentic` when a message does not
    ///   verify, `truncated` when the final message is missing or does not come last. What `output` holds after
    ///   an error is not to be used.
    public static func open(
        _ sealed: UnsafeRawBufferPointer, key: ChunkKey, associatedData: [UInt8],
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        guard sealed.count == sealedByteCount(plaintextByteCount: output.count) else {
            throw CryptoError(.wrongLength, "sealed chunk")
        }
        var opener = try SecretStreamOpener(
            key: key, associatedData: associatedData,
            header: UnsafeRawBufferPointer(rebasing: sealed[..<SecretStream.headerByteCount]))
        var read = SecretStream.headerByteCount
        var written = 0
        repeat {
            let end = min(read + sealedMessageByteCount, sealed.count)
            let length = end - read - SecretStream.overheadByteCount
            try opener.open(
                UnsafeRawBufferPointer(rebasing: sealed[read..<end]),
                into: UnsafeMutableRawBufferPointer(rebasing: output[written..<(written + length)]))
            read = end
            written += length
        } while read < sealed.count
        guard opener.isFinished else { throw CryptoError(.truncated, "sealed chunk") }
    }
}
