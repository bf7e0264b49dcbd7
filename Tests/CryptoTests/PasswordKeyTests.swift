import Crypto
import Testing

@Suite("Password keys")
struct PasswordKeyTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let password: String
        let salt: [UInt8]
        let passes: UInt64
        let output: String
    }

    /// Made by argon2-cffi 25.1, which binds the reference implementation: Argon2id version 0x13, 64 MiB, one
    /// lane, 64 bytes out.
    static let vectors = [
        Vector(
            testDescription: "two passes", password: "correct horse battery staple", salt: Array(0..<16),
            passes: 2,
            output: """
                32559019e75cc002ebb59d666c0638c031e892eae582ace85d116a6bb09e14c0\
                2092a0d9b1232ef9c2efb6d8a6ccfa1d64a4f64a7a089dc3be5e2b6795a0bd72
                """),
        Vector(
            testDescription: "three passes, in UTF-8", password: "p\u{e4}ssw\u{f6}rt 写真",
            salt: .init(repeating: 0xff, count: 16), passes: 3,
            output: """
                566f8ec15358c20d32f9483b0b131eeff932e2c0918a675c0a13a0b65a6e5bc7\
                43079588f8aba73625c53ebad9e7369f59a1c65bb8109e23db797f3aa572c201
                """),
        Vector(
            testDescription: "an empty password", password: "", salt: Array(0..<16), passes: 2,
            output: """
                b4c88e95e859b139c52f2b370620d08e3aa9e97b75152e0b5891a49dc257963e\
                c429f8709bdffb3dd1d3dc60fb2bc911cab3862d1f58056048a14b86070005ae
                """),
    ]

    @Test("are Argon2id's, as the reference implementation computes it", arguments: vectors)
    func published(_ vector: Vector) throws {
        let derived = try PasswordKey(
            password: SecretBytes(Array(vector.password.utf8)),
            parameters: PasswordParameters(
                passes: vector.passes, memoryByteCount: 64 << 20, salt: vector.salt))
        #expect((derived.key.copy + derived.check).hex == vector.output)
    }

    @Test("of a new password are derived again from their parameters, and tell another password")
    func made() throws {
        let password = SecretBytes(Array("one".utf8))
        let made = try PasswordKey.make(password: password, strength: .interactive)
        #expect(made.parameters.memoryByteCount == 64 << 20)
        #expect(made.parameters.passes == 2)
        let again = try PasswordKey(password: password, parameters: made.parameters)
        #expect(again.key == made.key)
        #expect(again.matches(check: made.check))

        let wrong = try PasswordKey(
            password: SecretBytes(Array("One".utf8)), parameters: made.parameters)
        #expect(wrong.key != made.key)
        #expect(!wrong.matches(check: made.check))
        #expect(!made.matches(check: made.check.dropLast()))
        #expect(!made.matches(check: []))

        let other = try PasswordKey.make(password: password, strength: .interactive)
        #expect(other.parameters.salt != made.parameters.salt)
        #expect(other.key != made.key)
    }

    @Test(
        "parameters between the floor and the ceiling are taken",
        arguments: [
            (2, 64 << 20), (64, 64 << 20), (2, 1 << 30), (4, 1 << 30), (32, 128 << 20),
            (3, 256 << 20),
        ] as [(UInt64, Int)])
    func accepted(_ passes: UInt64, _ memory: Int) throws {
        let parameters = try PasswordParameters(
            passes: passes, memoryByteCount: memory, salt: randomBytes(16))
        #expect(parameters.passes == passes)
        #expect(parameters.memoryByteCount == memory)
    }

    @Test(
        "parameters outside of them are refused",
        arguments: [
            (1, 64 << 20), (0, 64 << 20), (2, 64 << 20 - 1), (2, 0), (2, -1), (2, Int.min),
            (2, 1 << 30 + 1), (2, Int.max), (5, 1 << 30), (65, 64 << 20), (.max, 64 << 20),
        ] as [(UInt64, Int)])
    func refused(_ passes: UInt64, _ memory: Int) {
        expectError(.refusedParameters) {
            try PasswordParameters(passes: passes, memoryByteCount: memory, salt: randomBytes(16))
        }
    }

    @Test("a salt has one length", arguments: [0, 15, 17])
    func salt(_ count: Int) {
        expectError(.wrongLength) {
            try PasswordParameters(passes: 2, memoryByteCount: 64 << 20, salt: randomBytes(count))
        }
    }
}
