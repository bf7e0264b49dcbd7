import Configuration
import Crypto
import Testing

@Suite struct PasswordEstimateTests {
    private func estimate(_ password: String) -> PasswordEstimate {
        PasswordEstimate(SecretBytes(copying: Array(password.utf8).span.bytes))
    }

    @Test(arguments: [
        ("a", "some 30"), ("pw", "some 700"), ("1234", "some 80"), ("aaaaaaaaaa", "some 10,000"),
        ("zebra7", "some 2 billion"), ("Tr0ub4d", "some 4 trillion"),
    ])
    func aWeakOneIsCalledSo(password: String, tries: String) {
        #expect(estimate(password).isWeak)
        #expect(estimate(password).tries == tries)
    }

    @Test(arguments: [
        "correct horse battery staple", "k7Wq2mZx9TbA", "ünterwegs mit kamera", "1847 2093 6650 9418 7713",
    ])
    func aStrongOneIsNot(password: String) {
        #expect(!estimate(password).isWeak)
    }

    /// No letter more makes a password weaker.
    @Test func eachLetterCounts() {
        var password = ""
        var bits = 0.0
        for letter in "correct horse 7Q battery staple äöü" {
            password.append(letter)
            #expect(estimate(password).bits > bits)
            bits = estimate(password).bits
        }
    }
}
