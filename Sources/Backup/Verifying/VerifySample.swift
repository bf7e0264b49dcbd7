internal import Crypto
internal import Vault

/// Which packs are read: all, or a part that is chosen by their names, so that other runs can take other parts.
public enum VerifySample: Sendable, Hashable {
    case all
    /// From 0 to 100.
    case percent(Double)
    /// Part `number` (from 1) of `count`.
    case part(number: Int, count: Int)

    func contains(_ digest: SHA256Digest) -> Bool {
        let value = digest.bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        switch self {
        case .all: return true
        case .percent(let percent): return Double(value) < percent / 100 * 0x1p32
        case .part(let number, let count): return Int(value) % count == number - 1
        }
    }
}

extension ObjectName {
    /// The digest of a pack or meta pack; nil for everything else.
    var packDigest: SHA256Digest? {
        switch self {
        case .pack(let digest), .metaPack(let digest): digest
        default: nil
        }
    }
}
