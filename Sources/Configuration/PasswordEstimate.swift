public import Crypto
internal import Foundation

/// How many tries a program needs that guesses a password: a rough upper bound, which knows alphabets, repetitions and
/// rows of the keyboard's kind, and no dictionary.
public struct PasswordEstimate: Sendable, Hashable {
    /// The tries as a power of two.
    public let bits: Double

    /// A whole number of guessing machines cannot do more in years, where each try costs a second and a gibibyte.
    private static let strongBits = 50.0

    public var isWeak: Bool { bits < Self.strongBits }

    public init(_ password: SecretBytes) {
        bits = password.withUnsafeBytes { bytes in
            var alphabet = 0
            for (size, isMember) in Self.alphabets where bytes.contains(where: isMember) { alphabet += size }
            let bitsOfOne = log2(Double(max(alphabet, 2)))
            var bits = 0.0
            for (place, byte) in bytes.enumerated() {
                // Of "aaaa" and "1234" the first byte is to be guessed, and how it goes on.
                let step = place == 0 ? 2 : abs(Int(byte) - Int(bytes[place - 1]))
                bits += step <= 1 ? 1 : bitsOfOne
            }
            return bits
        }
    }

    private static let alphabets: [(Int, @Sendable (UInt8) -> Bool)] = [
        (26, { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }),
        (26, { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }),
        (10, { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        (
            33,
            { byte in
                (0x20..<0x7f).contains(byte)
                    && !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
        ),
        (100, { $0 < 0x20 || $0 >= 0x7f }),
    ]

    /// `some 700`, `some 3 million`: the tries, rounded to one digit.
    public var tries: String {
        let tries = pow(2, bits)
        let units: [(Double, String)] = [
            (1e12, " trillion"), (1e9, " billion"), (1e6, " million"), (1e3, ",000"),
        ]
        let (unit, name) = units.first { tries >= $0.0 } ?? (1, "")
        let count = tries / unit
        let step = pow(10, floor(log10(max(count, 1))))
        return "some \(Int((count / step).rounded() * step))\(name)"
    }
}
