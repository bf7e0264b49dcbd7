import Crypto
import Testing

@testable import Vault

@Suite("Lists of providers")
struct ProviderListTests {
    private let keys = KeyringFixture.opened.keys
    private let created = UTCTime(secondsSince1970: 1_795_282_080)
    private var providers: [ProviderList.Provider] {
        var bucket = ProviderList.Provider(
            name: "wasabi", endpoint: "https://s3.example.com", region: "eu", bucket: "photos", prefix: "",
            addressing: "path")
        bucket.accessKeyID = "AKIA"
        bucket.secretAccessKey = "se/cret+\"\\ü"
        return [bucket, ProviderList.Provider(name: "shelf", path: "/media/disk")]
    }

    @Test("are read back, and are sealed")
    func roundTrip() throws {
        let (name, bytes) = ProviderList.seal(providers, sequence: 7, created: created, keys: keys)
        #expect(name == .providers(sequence: 7, SHA256.hash(bytes)))
        let read = try ProviderList(bytes, sequence: 7, keys: keys, subject: "list")
        #expect(read.sequence == 7 && read.providers == providers)
        for text in ["wasabi", "photos", "AKIA", "cret"] {
            #expect(bytes.firstRange(of: Array(text.utf8)) == nil)
        }
    }

    @Test("are refused under another number, with other keys, and where a byte is altered")
    func altered() throws {
        let (_, bytes) = ProviderList.seal(providers, sequence: 7, created: created, keys: keys)
        func code(_ bytes: [UInt8], sequence: UInt32 = 7, keys: VaultKeys) -> VaultError.Code? {
            #expect(throws: VaultError.self) {
                try ProviderList(bytes, sequence: sequence, keys: keys, subject: "list")
            }?.code
        }
        #expect(code(bytes, sequence: 8, keys: keys) == .notAuthentic)
        let other = VaultKeys(vault: keys.vault, masterKey: SecretBytes(randomCount: 32))
        #expect(code(bytes, keys: other) == .notAuthentic)
        #expect(code(bytes, keys: VaultKeys(vault: .random(), masterKey: keys.masterKey)) == .notAuthentic)
        for place in bytes.indices {
            var wrong = bytes
            wrong[place] ^= 1
            #expect(code(wrong, keys: keys) == .notAuthentic)
        }
        #expect(code([], keys: keys) == .malformed)
    }

    @Test("do not show credentials")
    func description() {
        var dumped = ""
        dump(providers, to: &dumped)
        for text in [dumped, "\(providers)", String(reflecting: providers)] {
            #expect(!text.contains("cret"))
        }
    }
}
