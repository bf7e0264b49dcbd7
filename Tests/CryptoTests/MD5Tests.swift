import Crypto
import Testing

@Suite struct MD5Tests {
    /// Source: RFC 1321, section A.5.
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ])
    func theRFCsVectors(text: String, digest: String) {
        #expect(MD5.hash(Array(text.utf8)).hex == digest)
    }

    /// Source: RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64IsThatOfTheRFC(text: String, encoded: String) {
        #expect(Array(text.utf8).base64 == encoded)
    }

    @Test func base64UsesTheWholeAlphabet() {
        #expect([0xfb, 0xff, 0xbe, 0x00].base64 == "+/++AA==")
    }
}
