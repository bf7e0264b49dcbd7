internal import Crypto
internal import SwiftProtobuf

/// What is signed in plain, so that a verifier without any key can read it: an inventory or a tombstone.
protocol Statement {
    /// Names the kind in what is signed, so that one kind cannot pass for another.
    static var kind: String { get }
    associatedtype Stored: SwiftProtobuf.Message & FormatStating
    var stored: Stored { get }
    var vault: VaultID { get }
    var created: UTCTime { get }
    init(_ stored: Stored, subject: String) throws(VaultError)
}

extension Statement {
    /// The stored object: the statement and the vault's signature of it.
    func sealed(by key: SigningKey) -> [UInt8] {
        var signed = ProtoSignedStatement()
        let content = stored.encoded
        signed.statement = .init(content)
        signed.signature = .init(key.sign(Self.signedBytes(content)))
        return signed.encoded
    }

    /// Reads a stored object and believes it only if the owner of this vault has signed it, at the time that its
    /// name tells.
    ///
    /// - Throws: `malformed`, `notAuthentic`, `newerFormat`, `unprovenFormat`, `otherVault`.
    init(
        verifying bytes: [UInt8], named time: UTCTime, vault expected: VaultID, by key: VerificationKey,
        subject: String
    ) throws(VaultError) {
        let signed = try ProtoSignedStatement(decodingEnvelope: bytes, subject: subject)
        let content = [UInt8](signed.statement)
        guard key.isValid([UInt8](signed.signature), of: Self.signedBytes(content)) else {
            throw Envelope.refusal(format: (try? Stored(serializedBytes: content))?.format, subject: subject)
        }
        try self.init(Stored(decoding: content, subject: subject), subject: subject)
        guard created == time else {
            throw VaultError(.notAuthentic, subject, "it was made at another time than its name says")
        }
        guard vault == expected else {
            throw VaultError(.otherVault, subject, "it belongs to vault \(vault)")
        }
    }

    private static func signedBytes(_ content: [UInt8]) -> [UInt8] {
        Format.purpose(kind) + content
    }
}

/// A message that tells its format.
protocol FormatStating {
    var format: UInt32 { get }
}

extension ProtoInventory: FormatStating {}
extension ProtoTombstone: FormatStating {}

/// What every stored message of a vault begins with.
enum Envelope {
    /// Why something whose signature does not verify is refused: a later format may sign otherwise, and is told
    /// as what it says it is, `unprovenFormat`.
    static func refusal(format: UInt32?, subject: String) -> VaultError {
        if let format, format > Format.version {
            return VaultError(
                .unprovenFormat, subject, "it has format \(format); this program reads \(Format.version)")
        }
        return VaultError(.notAuthentic, subject, "its signature is not the vault's")
    }

    /// - Throws: `newerFormat`, `otherVault`, `malformed`.
    static func check(format: UInt32, vault: [UInt8], is expected: VaultID?, subject: String)
        throws(VaultError)
        -> VaultID
    {
        guard format <= Format.version, format > 0 else {
            throw VaultError(
                .newerFormat, subject, "it has format \(format); this program reads \(Format.version)")
        }
        guard let id = VaultID(vault) else { throw VaultError(.malformed, subject, "it names no vault") }
        if let expected, id != expected {
            throw VaultError(.otherVault, subject, "it belongs to vault \(id)")
        }
        return id
    }
}
