public import Crypto

/// A person as others know them: the key that things are sealed for, and the key that their signatures verify with.
public struct PublicIdentity: Hashable, Sendable, CustomStringConvertible {
    private static let version: UInt8 = 1
    private static let checkByteCount = 4
    static let byteCount = 64

    public let receivingKey: RecipientKey
    public let signingKey: VerificationKey

    public init(receivingKey: RecipientKey, signingKey: VerificationKey) {
        self.receivingKey = receivingKey
        self.signingKey = signingKey
    }

    /// Reads a key as `text` writes it; capitals and white space do not matter.
    ///
    /// - Throws: `malformed`, `newerFormat`.
    public init(parsing text: String) throws(VaultError) {
        let subject = "public key"
        guard let bytes = Base32.decode(text), bytes.count == 1 + Self.byteCount + Self.checkByteCount else {
            throw VaultError(.malformed, subject, "it is none, or not the whole of one")
        }
        let content = Array(bytes.dropLast(Self.checkByteCount))
        guard SHA256.hash(content).bytes.starts(with: bytes.suffix(Self.checkByteCount)) else {
            throw VaultError(.malformed, subject, "a letter is wrong or out of place")
        }
        guard content[0] == Self.version else {
            throw VaultError(.newerFormat, subject, "it is of a later version of the program")
        }
        guard let identity = PublicIdentity(content.dropFirst()) else {
            throw VaultError(.malformed, subject, "it is none")
        }
        self = identity
    }

    /// nil for anything but 64 bytes.
    init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.byteCount, let receiving = try? RecipientKey(Array(bytes.prefix(32))),
            let signing = try? VerificationKey(Array(bytes.suffix(32)))
        else { return nil }
        self.init(receivingKey: receiving, signingKey: signing)
    }

    /// The receiving key, then the signing key.
    var bytes: [UInt8] { receivingKey.bytes + signingKey.bytes }

    /// What people send each other: 111 letters and digits, with a checksum. Base32 of RFC 4648 without padding, in small
    /// letters, of 0x01, the two keys, and the first 4 bytes of the SHA-256 of these 65 bytes.
    public var text: String {
        let content = [Self.version] + bytes
        return Base32.encode(content + SHA256.hash(content).bytes.prefix(Self.checkByteCount)).lowercased()
    }

    public var description: String { text }

    /// What people compare: the words of both keys together.
    public var verificationID: VerificationID { VerificationID(of: bytes) }
}

/// A person to whom things can be sealed: the owner of a vault, or of 32 random bytes.
public struct Identity: Sendable {
    let receivingKey: ReceivingKey
    public let publicIdentity: PublicIdentity

    /// The owner of a vault.
    public init(_ keyring: Keyring.Opened) {
        receivingKey = keyring.receivingKey
        publicIdentity = PublicIdentity(
            receivingKey: keyring.receivingKey.publicKey, signingKey: keyring.signingKey.publicKey)
    }

    /// Somebody without a vault, whose keys are derived from 32 secret bytes.
    ///
    /// - Throws: `malformed` for another length.
    public init(seed: SecretBytes) throws(VaultError) {
        guard seed.count == KeyDerivation.keyByteCount else {
            throw VaultError(.malformed, "identity", "it is not 32 bytes")
        }
        do {
            receivingKey = try ReceivingKey(
                secretKey: KeyDerivation.subkey(of: seed, purpose: Format.purpose("identity receiving")))
            publicIdentity = PublicIdentity(
                receivingKey: receivingKey.publicKey,
                signingKey: try SigningKey(
                    seed: KeyDerivation.subkey(of: seed, purpose: Format.purpose("identity signing"))
                ).publicKey)
        } catch {
            throw VaultError(.malformed, "identity", "\(error)")
        }
    }
}
