public import Crypto

/// The text that tells a stranger what a bucket is, and its owner how to get the photos back.
///
/// Its name holds no hash, so the vault's signature stands in its last line: every version of the program may word it
/// in another way, and knows every other version's for the vault's own.
public enum Readme {
    private static let signatureLabel = "signature       "

    /// What no README.txt is larger than.
    public static let maximumByteCount = 64 << 10

    /// The text as it is stored: the same bytes each time.
    public static func text(vault: VaultID, by key: SigningKey) -> [UInt8] {
        signed(text(vault: vault), vault: vault, by: key)
    }

    static func signed(_ words: String, vault: VaultID, by key: SigningKey) -> [UInt8] {
        let text = Array(words.utf8)
        return text + Array((signatureLabel + key.sign(signedBytes(text, vault)).hex + "\n").utf8)
    }

    /// Whether the vault has signed it, in whatever words.
    public static func isGenuine(_ bytes: [UInt8], vault: VaultID, by key: VerificationKey) -> Bool {
        guard bytes.count <= maximumByteCount, bytes.last == UInt8(ascii: "\n") else { return false }
        let start = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = String(decoding: bytes[start...].dropLast(), as: UTF8.self)
        guard line.hasPrefix(signatureLabel),
            let signature = [UInt8](hex: line.dropFirst(signatureLabel.count))
        else { return false }
        return key.isValid(signature, of: signedBytes(Array(bytes[..<start]), vault))
    }

    private static func signedBytes(_ text: [UInt8], _ vault: VaultID) -> [UInt8] {
        Format.purpose("readme", object: vault.bytes) + text
    }

    private static func text(vault: VaultID) -> String {
        """
        This is a replica of a photobackup vault.

        vault           \(vault.hex)
        format version  \(Format.version)

        It holds encrypted photographs and everything that is needed to get them back, but for the owner's
        password or 24 recovery words. Nothing here is readable without one of them. Please do not change,
        rename or delete anything: what looks like a duplicate is not.

        To get everything back, from this replica alone:

        1. Install photobackup.
        2. Write a configuration with this bucket or directory as a provider.
        3. Run: photobackup restore COLLECTION --to FOLDER
           and give the password, or the 24 words in PHOTOBACKUP_RECOVERY_PHRASE.
           "photobackup snapshots" lists what is there.

        The objects
          keyring/      the vault's keys, wrapped under the password and under the 24 words
          collections/  the keys of each collection, wrapped
          packs/        encrypted content; each is named by the SHA-256 of its bytes
          meta/         encrypted lists of files
          inventory/    signed lists of packs, with their sizes
          snapshots/    what each collection held at a moment, encrypted and signed
          tombstones/   signed lists of what is to be deleted

        The format is specified byte by byte in docs/FORMAT.md of photobackup, so that a reader can be written
        from that page alone, should the program be gone.

        Photobackup knows this text by the line below, which the vault has signed it with.

        """
    }
}
