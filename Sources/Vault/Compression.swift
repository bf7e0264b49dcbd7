internal import CZstd
internal import Glibc

/// zstd, with contexts and buffers that are used again. One a thread.
///
/// What it gives was decompressed again and compared: a fault in compression, or in memory, costs room and no photo.
public final class Compressor {
    /// What compressing must save to be worth it: 3 %.
    private static let worthwhile = 0.97
    private static let level: Int32 = 3

    private let context: OpaquePointer
    private let decompressor = Decompressor()
    private var buffer: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)
    private var reopened: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)
    /// What a faulty compressor does to its frame; nothing but in tests.
    private let damage: ((UnsafeMutableRawBufferPointer) -> Void)?

    public convenience init() { self.init(damage: nil) }

    init(damage: ((UnsafeMutableRawBufferPointer) -> Void)?) {
        guard let context = ZSTD_createCCtx() else { fatalError("out of memory") }
        self.context = context
        self.damage = damage
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Self.level)
    }

    deinit {
        ZSTD_freeCCtx(context)
        buffer.deallocate()
        reopened.deallocate()
    }

    /// The compressed bytes, valid until the next call; nil where that saves less than 3 %, or where they do not
    /// decompress to `plaintext`.
    func compress(_ plaintext: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let limit = Int(Double(plaintext.count) * Self.worthwhile)
        guard limit > 0 else { return nil }
        Self.reserve(ZSTD_compressBound(plaintext.count), in: &buffer)
        let written = ZSTD_compress2(
            context, buffer.baseAddress, buffer.count, plaintext.baseAddress, plaintext.count)
        guard ZSTD_isError(written) == 0, written <= limit else { return nil }
        let frame = UnsafeMutableRawBufferPointer(rebasing: buffer[..<written])
        damage?(frame)
        return isFrame(UnsafeRawBufferPointer(frame), of: plaintext) ? UnsafeRawBufferPointer(frame) : nil
    }

    private func isFrame(_ frame: UnsafeRawBufferPointer, of plaintext: UnsafeRawBufferPointer) -> Bool {
        Self.reserve(plaintext.count, in: &reopened)
        let output = UnsafeMutableRawBufferPointer(rebasing: reopened[..<plaintext.count])
        guard (try? decompressor.decompress(frame, into: output)) != nil,
            let opened = output.baseAddress, let original = plaintext.baseAddress
        else { return false }
        return memcmp(opened, original, plaintext.count) == 0
    }

    private static func reserve(_ byteCount: Int, in buffer: inout UnsafeMutableRawBufferPointer) {
        guard buffer.count < byteCount else { return }
        buffer.deallocate()
        buffer = .allocate(byteCount: byteCount, alignment: 64)
    }
}

/// The reverse. One a thread.
final class Decompressor {
    private let context: OpaquePointer

    init() {
        guard let context = ZSTD_createDCtx() else { fatalError("out of memory") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Fills `output` exactly, or throws `malformed`: a frame that would grow past it is refused.
    func decompress(
        _ compressed: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(VaultError) {
        let written = ZSTD_decompressDCtx(
            context, output.baseAddress, output.count, compressed.baseAddress, compressed.count)
        guard ZSTD_isError(written) == 0, written == output.count else {
            throw VaultError(.malformed, "chunk", "it does not decompress to its size")
        }
    }
}

/// A message as one zstd frame that states its size (RFC 8878).
public enum ZstdFrame {
    /// The frame of `plaintext`, whether or not that is shorter.
    public static func compress(_ plaintext: [UInt8]) -> [UInt8] {
        let bound = ZSTD_compressBound(plaintext.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { output, initialized in
            let written = plaintext.withUnsafeBytes {
                ZSTD_compress(output.baseAddress, bound, $0.baseAddress, $0.count, ZSTD_defaultCLevel())
            }
            guard ZSTD_isError(written) == 0 else { fatalError("out of memory") }
            initialized = written
        }
    }

    /// What a frame holds, at most `maximumByteCount` bytes.
    ///
    /// - Throws: `malformed` for anything but one whole frame that states its size.
    public static func decompress(_ frame: [UInt8], maximumByteCount: Int) throws(VaultError) -> [UInt8] {
        let byteCount = frame.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // Above every size are the two values for a size that is not stated, and for no frame.
        guard byteCount <= UInt64(maximumByteCount) else {
            throw VaultError(.malformed, "message", "it states no size, or one that is too large")
        }
        var plaintext = [UInt8](repeating: 0, count: Int(byteCount))
        let decompressor = Decompressor()
        var failure: VaultError?
        plaintext.withUnsafeMutableBytes { output in
            frame.withUnsafeBytes { frame in
                do throws(VaultError) { try decompressor.decompress(frame, into: output) } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return plaintext
    }
}
