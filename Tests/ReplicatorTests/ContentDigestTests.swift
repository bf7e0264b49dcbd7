import Crypto
import ObjectStore
import Testing

@testable import Replicator

@Suite struct ContentDigestTests {
    static let digits = SHA256.hash(Array("abc".utf8)).hex

    @Test(arguments: [
        "packs/ba/\(digits)", "inventory/20261121-172800-\(digits)", "keyring/0001-\(digits).json", digits,
    ])
    func theHashAtTheEndOfTheName(name: String) {
        #expect(ObjectKey(name)!.contentDigest?.hex == Self.digits)
    }

    @Test(arguments: [
        "README.txt", "packs/ba/\(digits.dropLast())", "packs/ba/0\(digits)", "packs/\(digits)/x",
        "packs/ba/\(digits.dropLast())g", "packs/ba/\(digits)-1",
    ])
    func noHashAtTheEndOfTheName(name: String) {
        #expect(ObjectKey(name)!.contentDigest == nil)
    }
}
