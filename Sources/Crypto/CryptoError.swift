/// What a cryptographic operation refused, and why; never a secret.
public struct CryptoError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        /// A key, nonce or message does not have the exact length that the format demands.
        public static let wrongLength = Code(description: "wrong length")
        /// The bytes do not authenticate: altered, cut short, in another's place, or another key.
        public static let notAuthentic = Code(description: "not authentic")
        /// A sealed stream ends before its final message, or bytes follow it.
        public static let truncated = Code(description: "truncated")
        /// A public key is no point that may be used.
        public static let invalidKey = Code(description: "invalid key")
        /// Words that are no recovery phrase.
        public static let invalidPhrase = Code(description: "invalid recovery phrase")
        /// Argon2id parameters outside the floor and the ceiling.
        public static let refusedParameters = Code(description: "refused key derivation parameters")
        /// The system did not give the memory that is needed.
        public static let outOfMemory = Code(description: "out of memory")
    }

    public let code: Code
    public let context: String

    public init(_ code: Code, _ context: String) {
        self.code = code
        self.context = context
    }

    public var description: String { "\(context): \(code)" }
}
