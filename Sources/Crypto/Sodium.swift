internal import CSodium

/// libsodium, initialised once before its first use.
///
/// Source: `sodium_init`, which is safe to call from several threads.
enum Sodium {
    static let isReady: Bool = {
        precondition(sodium_init() >= 0, "libsodium could not be initialised")
        return true
    }()

    /// Every function that calls libsodium asks for this first.
    @inline(__always)
    static func prepare() { _ = isReady }
}

/// Fills a buffer from the system's generator (`randombytes_buf`).
public func fillWithRandomBytes(_ buffer: UnsafeMutableRawBufferPointer) {
    Sodium.prepare()
    guard let base = buffer.baseAddress else { return }
    randombytes_buf(base, buffer.count)
}

/// `count` bytes from the system's generator (`randombytes_buf`), for nonces and identifiers.
public func randomBytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        fillWithRandomBytes(UnsafeMutableRawBufferPointer(buffer))
        initialized = count
    }
}

/// Whether two byte strings are equal, in a time that does not depend on where they differ (`sodium_memcmp`).
public func constantTimeEqual(_ left: RawSpan, _ right: RawSpan) -> Bool {
    guard left.byteCount == right.byteCount else { return false }
    return left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in
            left.count == 0 || sodium_memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
        }
    }
}
