internal import CSodium

/// How hard a password is to guess from what is stored: the cost of one Argon2id.
public enum PasswordStrength: String, Sendable, CaseIterable {
    /// 1 GiB and 4 passes, or half the memory and twice the passes where memory is short, down to 128 MiB.
    case sensitive
    /// 256 MiB and 3 passes.
    case moderate
    /// 64 MiB and 2 passes.
    case interactive
}

/// The parameters that a password was derived with; they are stored in plain.
public struct PasswordParameters: Hashable, Sendable {
    public static let saltByteCount = Int(crypto_pwhash_SALTBYTES)

    /// Passes over the memory (`opslimit`).
    public let passes: UInt64
    public let memoryByteCount: Int
    public let salt: [UInt8]

    /// Accepts what lies between the floor (64 MiB, 2 passes) and the ceiling (1 GiB, memory × passes ≤ 4 GiB),
    /// so that a provider can neither weaken a password nor exhaust a machine.
    ///
    /// - Throws: `refusedParameters`, `wrongLength` for the salt.
    public init(passes: UInt64, memoryByteCount: Int, salt: [UInt8]) throws(CryptoError) {
        guard salt.count == Self.saltByteCount else { throw CryptoError(.wrongLength, "salt") }
        guard passes >= 2, memoryByteCount >= 64 << 20, memoryByteCount <= 1 << 30,
            passes <= (4 << 30) / UInt64(memoryByteCount)
        else {
            throw CryptoError(
                .refusedParameters, "Argon2id with \(memoryByteCount) bytes and \(passes) passes")
        }
        self.passes = passes
        self.memoryByteCount = memoryByteCount
        self.salt = salt
    }
}

/// What a password becomes: the key that wraps the master key, and a value that tells a wrong password from a
/// damaged keyring.
public struct PasswordKey: Sendable {
    public let parameters: PasswordParameters
    /// keyEncryptionKey, 32 bytes.
    public let key: SecretBytes
    /// 32 bytes, stored beside the parameters.
    public let check: [UInt8]

    /// Derives the key of a password that exists.
    ///
    /// Takes seconds and up to 1 GiB: not for Swift's cooperative pool. Source: `crypto_pwhash` with
    /// `crypto_pwhash_ALG_ARGON2ID13`, 64 bytes out: first the key, then the check value.
    ///
    /// - Throws: `outOfMemory`.
    public init(password: SecretBytes, parameters: PasswordParameters) throws(CryptoError) {
        let output = try SecretBytes(count: 64) { output throws(CryptoError) in
            let status = password.withUnsafeBytes { password in
                crypto_pwhash(
                    output.baseAddress!.assumingMemoryBound(to: UInt8.self), 64,
                    password.baseAddress!.assumingMemoryBound(to: CChar.self), UInt64(password.count),
                    parameters.salt, parameters.passes, parameters.memoryByteCount,
                    crypto_pwhash_ALG_ARGON2ID13)
            }
            guard status == 0 else {
                throw CryptoError(.outOfMemory, "Argon2id with \(parameters.memoryByteCount >> 20) MiB")
            }
        }
        self.parameters = parameters
        key = output.part(0..<32)
        check = output.withUnsafeBytes { [UInt8]($0[32..<64]) }
    }

    /// Derives the key of a new password, with a fresh salt and as much memory as `strength` asks for.
    ///
    /// - Throws: `outOfMemory` when not even the least memory of that strength is to be had.
    public static func make(
        password: SecretBytes, strength: PasswordStrength
    ) throws(CryptoError) -> PasswordKey {
        let salt = randomBytes(PasswordParameters.saltByteCount)
        let choices: [(passes: UInt64, memory: Int)] =
            switch strength {
            case .sensitive: [(4, 1 << 30), (8, 512 << 20), (16, 256 << 20), (32, 128 << 20)]
            case .moderate: [(3, 256 << 20), (6, 128 << 20)]
            case .interactive: [(2, 64 << 20)]
            }
        for choice in choices {
            let parameters = try PasswordParameters(
                passes: choice.passes, memoryByteCount: choice.memory, salt: salt)
            do {
                return try PasswordKey(password: password, parameters: parameters)
            } catch  where error.code == .outOfMemory && choice.memory != choices.last?.memory {
                continue
            }
        }
        throw CryptoError(.outOfMemory, "Argon2id")
    }

    /// Whether this is the key of the password whose check value was stored.
    public func matches(check stored: [UInt8]) -> Bool {
        constantTimeEqual(check.span.bytes, stored.span.bytes)
    }
}
