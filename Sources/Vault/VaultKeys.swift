public import Crypto
internal import Foundation

/// The master key of a vault and what is derived from it.
public struct VaultKeys: Sendable {
    public let vault: VaultID
    /// 32 bytes; opens everything.
    public let masterKey: SecretBytes
    /// Makes chunk ids: HMAC-SHA-256 of plaintexts.
    public let contentKey: SecretBytes
    /// Wraps keys at rest in the catalog.
    public let catalogKey: SecretBytes
    let recordKey: SecretBytes
    /// Seals the list of providers.
    let providersKey: SecretBytes
    /// Seals records of what people did.
    let recordsKey: SecretBytes
    /// Seals what the giver of a grant keeps of it.
    let grantsKey: SecretBytes
    private let identifierKey: SecretBytes

    public init(vault: VaultID, masterKey: SecretBytes) {
        func subkey(_ name: String) -> SecretBytes {
            KeyDerivation.subkey(of: masterKey, purpose: Format.purpose(name, object: vault.bytes))
        }
        self.vault = vault
        self.masterKey = masterKey
        contentKey = subkey("content")
        recordKey = subkey("record")
        catalogKey = subkey("catalog")
        providersKey = subkey("providers")
        recordsKey = subkey("records")
        grantsKey = subkey("grants")
        identifierKey = subkey("identifier")
    }

    /// The id of the collection that was first called `name`; accents may be written in either Unicode form.
    public func collectionID(name: String) -> CollectionID {
        CollectionID(unchecked: identifier("collection", name.precomposedStringWithCanonicalMapping))
    }

    /// The id of the machine that calls itself `name`.
    public func deviceID(name: String) -> DeviceID {
        DeviceID(unchecked: identifier("device", name))
    }

    private func identifier(_ kind: String, _ name: String) -> [UInt8] {
        let message = Array(kind.utf8) + [0] + Array(name.utf8)
        return Array(HMACSHA256.authenticate(message.span.bytes, key: identifierKey).bytes.prefix(16))
    }
}
