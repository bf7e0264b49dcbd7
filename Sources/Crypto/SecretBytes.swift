internal import CSodium

/// Secret bytes that are locked in memory, fenced by guard pages, wiped on release and never shown.
///
/// The memory comes from `sodium_malloc` and is made read-only once it is filled. Where the limit on locked
/// memory is reached, libsodium still fences and wipes it. Comparing takes constant time.
public final class SecretBytes: @unchecked Sendable, Equatable, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable
{
    // @unchecked Sendable: the bytes are written in `init` alone, and are read-only memory from then on.
    private let base: UnsafeMutableRawPointer
    public let count: Int

    /// `count` bytes that `fill` writes; they are zero before that.
    public init<Failure: Error>(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        Sodium.prepare()
        guard let base = sodium_malloc(max(count, 1)) else { fatalError("out of memory for a secret") }
        self.base = base
        self.count = count
        let buffer = UnsafeMutableRawBufferPointer(start: base, count: count)
        sodium_memzero(base, count)
        try fill(buffer)
        sodium_mprotect_readonly(base)
    }

    /// `count` bytes from the system's generator.
    public convenience init(randomCount count: Int) {
        self.init(count: count) { fillWithRandomBytes($0) }
    }

    /// A copy of `bytes`; wiping the original is its owner's duty.
    public convenience init(copying bytes: RawSpan) {
        self.init(count: bytes.byteCount) { buffer in
            bytes.withUnsafeBytes { if $0.count > 0 { buffer.copyMemory(from: $0) } }
        }
    }

    /// Takes over `bytes` and wipes the array that was given.
    public convenience init(consuming bytes: inout [UInt8]) {
        self.init(copying: bytes.span.bytes)
        bytes.wipe()
    }

    deinit { sodium_free(base) }

    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    public func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count).bytes)
    }

    /// A secret made of a part of this one.
    public func part(_ range: Range<Int>) -> SecretBytes {
        SecretBytes(count: range.count) { buffer in
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
        }
    }

    public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        left.count == right.count && sodium_memcmp(left.base, right.base, left.count) == 0
    }

    public var description: String { "secret of \(count) bytes" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension [UInt8] {
    /// Overwrites the bytes in a way that the compiler does not remove (`sodium_memzero`).
    public mutating func wipe() {
        withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { sodium_memzero(base, buffer.count) }
        }
    }
}
