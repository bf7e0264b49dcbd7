/// The key of one sealed chunk: 32 random bytes, held in references by the hundred thousand.
///
/// Not in memory of its own as `SecretBytes` is: a guarded page for each of a million references would cost
/// 16 GB. It is as secret as the pages it is written in, and never shows in a description.
public struct ChunkKey: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    public static let byteCount = 32

    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// A new key from the system's generator.
    public static func random() -> ChunkKey {
        var key = ChunkKey(words: (0, 0, 0, 0))
        Swift.withUnsafeMutableBytes(of: &key.words) { fillWithRandomBytes($0) }
        return key
    }

    private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// The key that these 32 bytes are; nil when there are more or fewer.
    public init?(_ bytes: RawSpan) {
        guard bytes.byteCount == Self.byteCount else { return nil }
        words = bytes.unsafeLoadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeBytes(of: words, body)
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { constantTimeEqual(left.bytes, $0.bytes) } }
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    public var description: String { "chunk key" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
