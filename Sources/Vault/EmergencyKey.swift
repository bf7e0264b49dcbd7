internal import Crypto

/// What opens a vault with its 24 words where every keyring is lost: the vault's wrapped keys, as the emergency kit
/// prints them. It is no secret by itself.
///
/// Bytes: 0x01, the vault id (16), and as the keyring holds them masterKey under recoveryKey, the signing key and the
/// receiving key under masterKey (72 each); then the first 4 bytes of the SHA-256 of all that. Text: base32 of RFC 4648
/// without padding, in groups of five.
public struct EmergencyKey: Sendable, Hashable {
    private static let version: UInt8 = 1
    private static let wrappedByteCount = 72
    private static let checksumByteCount = 4
    private static let byteCount = 1 + 16 + 3 * wrappedByteCount + checksumByteCount

    public let vault: VaultID
    let masterUnderRecovery: [UInt8]
    let signingUnderMaster: [UInt8]
    let receivingUnderMaster: [UInt8]

    init(
        vault: VaultID, masterUnderRecovery: [UInt8], signingUnderMaster: [UInt8],
        receivingUnderMaster: [UInt8]
    ) {
        self.vault = vault
        self.masterUnderRecovery = masterUnderRecovery
        self.signingUnderMaster = signingUnderMaster
        self.receivingUnderMaster = receivingUnderMaster
    }

    /// Reads what a person has typed or scanned: capitals, spaces and line ends do not matter, and 0, 1 and 8, which
    /// are not among the letters and digits used, are taken for O, I and B.
    ///
    /// - Throws: `malformed`; it tells a wrong length from a wrong letter.
    public init(parsing text: String) throws(VaultError) {
        let subject = "wrapped key"
        let (count, wanted) = (text.count { !$0.isWhitespace }, Base32.length(Self.byteCount))
        guard count == wanted else {
            throw VaultError(
                .malformed, subject,
                "it is too \(count < wanted ? "short" : "long"): it has \(wanted) letters and digits, not \(count)"
            )
        }
        guard let bytes = Base32.decode(text) else {
            throw VaultError(.malformed, subject, "it holds something else than letters and digits")
        }
        guard bytes[0] == Self.version else {
            throw VaultError(.newerFormat, subject, "it is of a later version of the program, or mistyped")
        }
        let content = Array(bytes.dropLast(Self.checksumByteCount))
        guard
            Array(SHA256.hash(content).bytes.prefix(Self.checksumByteCount))
                == Array(bytes.suffix(Self.checksumByteCount))
        else { throw VaultError(.malformed, subject, "a letter is wrong or out of place") }
        guard let vault = VaultID(Array(content[1..<17])) else {
            throw VaultError(.malformed, subject, "it names no vault")
        }
        func part(_ index: Int) -> [UInt8] {
            let start = 17 + index * Self.wrappedByteCount
            return Array(content[start..<start + Self.wrappedByteCount])
        }
        self.init(
            vault: vault, masterUnderRecovery: part(0), signingUnderMaster: part(1),
            receivingUnderMaster: part(2))
    }

    /// As it is printed, in groups of five with spaces between them.
    public var text: String {
        let content =
            [Self.version] + vault.bytes + masterUnderRecovery + signingUnderMaster + receivingUnderMaster
        let letters = Array(
            Base32.encode(content + SHA256.hash(content).bytes.prefix(Self.checksumByteCount)))
        return stride(from: 0, to: letters.count, by: 5).map {
            String(letters[$0..<min($0 + 5, letters.count)])
        }.joined(separator: " ")
    }
}

/// Base32 of RFC 4648, section 6, without padding.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    static func length(_ byteCount: Int) -> Int { (byteCount * 8 + 4) / 5 }

    static func encode(_ bytes: [UInt8]) -> String {
        var text = ""
        var (buffer, bits) = (0, 0)
        for byte in bytes {
            buffer = buffer << 8 | Int(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[buffer >> bits & 31])
            }
            buffer &= 1 << bits - 1
        }
        if bits > 0 { text.append(alphabet[buffer << (5 - bits) & 31]) }
        return text
    }

    /// nil for what holds other characters, or bits behind the last byte that are not zero.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (buffer, bits) = (0, 0)
        for character in text.uppercased() where !character.isWhitespace {
            let meant: Character =
                switch character {
                case "0": "O"
                case "1": "I"
                case "8": "B"
                default: character
                }
            guard let value = alphabet.firstIndex(of: meant) else { return nil }
            buffer = buffer << 5 | value
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(buffer >> bits & 255))
            }
            buffer &= 1 << bits - 1
        }
        return buffer == 0 && bits < 5 ? bytes : nil
    }
}
