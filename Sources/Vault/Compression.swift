internal import CZstd

/// zstd, with contexts and buffers that are used again. One a thread.
public final class Compressor {
    /// What compressing must save to be worth it: 3 %.
    private static let worthwhile = 0.97
    private static let level: Int32 = 3

    private let context: OpaquePointer
    private var buffer: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)

    public init() {
        guard let context = ZSTD_createCCtx() else { fatalError("out of memory") }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Self.level)
    }

    deinit {
        ZSTD_freeCCtx(context)
        buffer.deallocate()
    }

    /// The compressed bytes, valid until the next call; nil where that saves less than 3 %.
    func compress(_ plaintext: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let limit = Int(Double(plaintext.count) * Self.worthwhile)
        guard limit > 0 else { return nil }
        let bound = ZSTD_compressBound(plaintext.count)
        if buffer.count < bound {
            buffer.deallocate()
            buffer = .allocate(byteCount: bound, alignment: 64)
        }
        let written = ZSTD_compress2(
            context, buffer.baseAddress, buffer.count, plaintext.baseAddress, plaintext.count)
        guard ZSTD_isError(written) == 0, written <= limit else { return nil }
        return UnsafeRawBufferPointer(rebasing: buffer[..<written])
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
