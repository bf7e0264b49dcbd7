/// What two people compare to know that they have each other's right key: 12 words.
///
/// They are BIP39's English words for the first 132 bits of a SHA-256. Somebody who wants a key of their own with the
/// same words has to try about 2¹³² keys.
public struct VerificationID: Hashable, Sendable, CustomStringConvertible {
    public static let wordCount = 12

    public let words: [String]

    /// Of a public key's bytes.
    public init(of key: [UInt8]) {
        let digest = SHA256.hash(key).bytes
        words = (0..<Self.wordCount).map { String(RecoveryPhrase.word($0, of: digest)) }
    }

    /// With single spaces between the words.
    public var description: String { words.joined(separator: " ") }
}
