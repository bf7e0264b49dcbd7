internal import Crypto
internal import Foundation
internal import Vault

/// Makes the key of a share's manifest from the secret in the link and, if it has one, its password.
///
/// Source: docs/SHARE-FORMAT.md, "Keys".
enum ShareKey {
    /// Of a share without a password.
    static func make(secret: SecretBytes, id: ShareID) -> SecretBytes {
        KeyDerivation.subkey(of: secret, purpose: Format.purpose("share", object: id.bytes))
    }

    /// Of a share with a password that exists: the key, and what tells whether it is the right password.
    ///
    /// Neither secret nor password can be tried without the other. Takes a second and the memory that is asked for: not
    /// for Swift's cooperative pool.
    ///
    /// - Throws: `refused` for a password that is no UTF-8 or for parameters outside of their bounds, or where memory is
    ///   short.
    static func make(
        secret: SecretBytes, id: ShareID, password: SecretBytes, passes: UInt64, memoryByteCount: Int
    ) throws(LinkError) -> (key: SecretBytes, check: [UInt8]) {
        let stretched: PasswordKey
        do {
            stretched = try PasswordKey(
                password: normalised(password),
                parameters: PasswordParameters(
                    passes: passes, memoryByteCount: memoryByteCount, salt: salt(secret, id)))
        } catch let error as LinkError {
            throw error
        } catch {
            throw LinkError(.refused, "the password: \(error)")
        }
        var purpose = Format.purpose("share-with-password", object: id.bytes)
        purpose += stretched.key.withUnsafeBytes { [UInt8]($0) }
        defer { purpose.wipe() }
        return (KeyDerivation.subkey(of: secret, purpose: purpose), stretched.check)
    }

    static func salt(_ secret: SecretBytes, _ id: ShareID) -> [UInt8] {
        let salt = KeyDerivation.subkey(
            of: secret, purpose: Format.purpose("share-salt", object: id.bytes))
        return salt.withUnsafeBytes { [UInt8]($0.prefix(PasswordParameters.saltByteCount)) }
    }

    /// The password in Unicode's normalization form C: two devices may type one letter in two ways.
    private static func normalised(_ password: SecretBytes) throws(LinkError) -> SecretBytes {
        let text = password.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
        guard let text else { throw LinkError(.refused, "a link's password has to be UTF-8") }
        var bytes = Array(text.precomposedStringWithCanonicalMapping.utf8)
        return SecretBytes(consuming: &bytes)
    }
}
