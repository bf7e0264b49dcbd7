/// 24 words that are a key of 256 bits, with a checksum of 8 bits.
///
/// Source: BIP39 (entropy ‖ the first byte of its SHA-256, cut into 24 numbers of 11 bits); the words encode
/// the key itself, there is no PBKDF2.
public enum RecoveryPhrase {
    public static let wordCount = 24

    private static let indices = Dictionary(
        uniqueKeysWithValues: words.enumerated().map { ($0.element, $0.offset) })

    /// The words of a key of 32 bytes, with single spaces between them.
    public static func encode(_ key: SecretBytes) -> String {
        precondition(key.count == 32, "a recovery phrase is a key of 32 bytes")
        // One array of the final size: growing it would leave a copy of the key behind.
        var bytes = key.withUnsafeBytes { key in
            [UInt8](unsafeUninitializedCapacity: 33) { buffer, count in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: key)
                buffer[32] = SHA256.hash(key.bytes).bytes[0]
                count = 33
            }
        }
        defer { bytes.wipe() }
        return (0..<wordCount).map { word($0, of: bytes) }.joined(separator: " ")
    }

    /// The word for 11 bits, most significant first: those behind the first 11 × `place`.
    static func word(_ place: Int, of bytes: [UInt8]) -> Substring {
        let index = (0..<11).reduce(0) { index, bit in
            let position = place * 11 + bit
            return index << 1 | Int(bytes[position / 8] >> (7 - position % 8)) & 1
        }
        return words[index]
    }

    /// The key that 24 words are. Case and the white space between words do not matter, and four letters
    /// suffice for each word, since no two share them.
    ///
    /// - Throws: `invalidPhrase`, naming the place of a word that is none, the wrong number of words, or the
    ///   checksum; never the words themselves.
    public static func decode(_ phrase: String) throws(CryptoError) -> SecretBytes {
        let given = phrase.lowercased().split(whereSeparator: \.isWhitespace)
        guard given.count == wordCount else {
            throw CryptoError(.invalidPhrase, "\(given.count) words instead of \(wordCount)")
        }
        var bytes = [UInt8](repeating: 0, count: 33)
        defer { bytes.wipe() }
        for (place, word) in given.enumerated() {
            guard let index = index(of: word) else {
                throw CryptoError(.invalidPhrase, "word \(place + 1) is not in the list")
            }
            for bit in 0..<11 where index >> (10 - bit) & 1 == 1 {
                let position = place * 11 + bit
                bytes[position / 8] |= 1 << (7 - position % 8)
            }
        }
        let key = SecretBytes(copying: bytes.span.bytes.extracting(0..<32))
        let checksum = key.withBytes { SHA256.hash($0).bytes[0] }
        guard checksum == bytes[32] else {
            throw CryptoError(.invalidPhrase, "the checksum does not fit: a word is wrong or out of place")
        }
        return key
    }

    private static func index(of word: Substring) -> Int? {
        if let index = indices[word] { return index }
        guard word.count >= 4 else { return nil }
        let matches = words.indices.filter { words[$0].hasPrefix(word) }
        return matches.count == 1 ? matches[0] : nil
    }
}
