import Crypto
import ObjectStore
import Testing

@testable import Vault

/// Nothing is sealed twice with one key and one nonce, however often it is sealed.
@Suite struct RepeatedSealTests {
    private static let count = 2000

    /// A chunk that is sealed again, as after a run that was killed, has a key of its own.
    @Test func everyChunkHasAKeyOfItsOwn() {
        let writer = PackWriter(
            vault: TestVault.id, bytes: ObjectBytes(capacity: Format.maximumPackByteCount))
        let keys = (0..<Self.count).map { _ in
            writer.append([1, 2, 3], role: .content, compressor: nil).key.withUnsafeBytes { [UInt8]($0) }
        }
        #expect(Set(keys).count == Self.count)
    }

    /// Keys that are derived serve for many messages. The first 16 bytes of each header choose the key of its stream.
    @Test func everyMessageUnderOneKeyBeginsWithAnotherHeader() {
        let messages = (0..<Self.count).map { _ in
            SealedMessage.seal(
                [1, 2, 3], under: TestVault.keys.masterKey, vault: TestVault.id, role: .personalRecord)
        }
        #expect(Set(messages.map { $0.prefix(16) }).count == Self.count)
        #expect(Set(messages.map { $0.suffix(16) }).count == Self.count)
    }
}
