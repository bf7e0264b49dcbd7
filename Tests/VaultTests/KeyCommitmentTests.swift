import Crypto
import Foundation
import Testing

@testable import Vault

/// XSalsa20-Poly1305 commits to no key: whoever knows several keys makes one ciphertext that opens under each of them, and
/// tries many guesses at once where somebody opens it (partitioning oracles). What stands around it has to commit.
@Suite struct KeyCommitmentTests {
    /// Made by PyNaCl 1.6 and arithmetic modulo 2¹³⁰−5: a keyring of an attacker's, whose wrapped key opens under what two
    /// passwords give, and which is whole with the first.
    private static let keyring = """
        {
        "created": "2026-11-21T17:28:00Z",
        "format": "1",
        "kdf": "argon2id13",
        "kdf_check": "efdc38e6e71377fcc65718d7868f1b032990cd95a6c82dd5524b4e88757b68e7",
        "kdf_memory": "67108864",
        "kdf_passes": "2",
        "kdf_salt": "101112131415161718191a1b1c1d1e1f",
        "mac": "4ff28cdd8e69f02fde277aed808bf2e1a1d2c98028a36d8db3fe0ad695f00177",
        "master_key_under_password": "38b4e652e44da7f2370d9e260e27136550a4a3a6d07f5c0c8b15442ee2db611a91bfe39469733a92ecc409345f489cb2\
        4ce4f0bcb6571497f128c498cb178756e88713f5f8d78c7a",
        "master_key_under_recovery_key": "944cf1b220eaa2c7fb1b7d3e3f73f414af6e0d935520dd4c527c2ff0af5b896186a751683186670046b5cb789a004d73\
        f056b67588c4c03f1f58895c32c9085dbc701056b9f2f4b3",
        "program": "photobackup",
        "receiving_key_under_master_key": "e8180a6bd4f43a2afffcd3c12ef890575575e826e2cbeaee982f8d0543c2b9ef7f0d1753606828b7043e8a25f4019f28\
        cabf6944c9b4177d971accca9988bd62da0cf7fbce130d6a",
        "receiving_public_key": "0000000000000000000000000000000000000000000000000000000000000000",
        "recovery_key_under_master_key": "2147738606f2bf7ec70209e0cd05ee5720edbcba3acce67255fb3e85a1892f0e1445086831b8ee5dc692421d082cbab4\
        35b3698bbb9f9c0a53032677c7973a8eab7f385f917489d3",
        "sequence": "1",
        "signing_key_under_master_key": "084ab649fcbce49b38bdecface4abd12108f391ebc070e83552f19f4af58e29698a474e709becb3e4bcaaff28e35377b\
        e4ea8c7e9db52de6801d63482c1fd21f1b1a7c0d6666b956",
        "signing_public_key": "3a6b17916ec169a912b3e398016eacb4082405702f86c6c352e7c224ba423ed9",
        "vault": "000102030405060708090a0b0c0d0e0f"
        }
        """
    private static let first = SecretBytes(Array("first guess".utf8))
    private static let second = SecretBytes(Array("second guess".utf8))

    private func fields(_ changes: [String: String] = [:]) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(Self.keyring.utf8)).merging(changes) { $1 }
    }

    private func key(_ password: SecretBytes) throws -> PasswordKey {
        try PasswordKey(
            password: password, parameters: KeyringFixture.parse(try fields()).passwordParameters)
    }

    /// So that what follows says something: the seal alone does not tell the two apart.
    @Test func aWrappedKeyOpensUnderTwoKeys() throws {
        let name = "master_key_under_password"
        let wrapped = try WrappedKey([UInt8](hex: try fields()[name]!)!)
        let purpose = Format.purpose(name, object: TestVault.id.bytes)
        let opened = try [Self.first, Self.second].map {
            try wrapped.unwrap(under: try key($0).key, purpose: purpose)
        }
        #expect(opened[0] != opened[1])
    }

    @Test func aKeyringOpensWithOnePassword() throws {
        let keyring = try KeyringFixture.parse(try fields())
        #expect(throws: Never.self) { try keyring.open(password: Self.first) }
        expectError(.wrongPassword) { try keyring.open(password: Self.second) }
    }

    /// The check value is one password's, and the MAC one masterKey's: neither lets the second in.
    @Test func noCheckValueLetsTheOtherPasswordIn() throws {
        let keyring = try KeyringFixture.parse(try fields(["kdf_check": try key(Self.second).check.hex]))
        expectError(.wrongPassword) { try keyring.open(password: Self.first) }
        expectError(.notAuthentic) { try keyring.open(password: Self.second) }
    }
}
