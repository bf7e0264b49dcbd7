internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Which objects have their content checked: all, or a part that is chosen by their names, so that other runs can
/// take other parts. Listings are always compared whole.
public enum VerifySample: Sendable, Hashable {
    case all
    /// From 0 to 100.
    case percent(Double)
    /// Part `number` (from 1) of `count`. Every object is in exactly one of the parts.
    case part(number: Int, count: Int)

    /// The part of this day, so that in so many days it has been everything once.
    public static func ofToday(in days: Int) -> VerifySample {
        .part(number: Int(UTCTime.now().secondsSince1970 / 86_400) % days + 1, count: days)
    }

    /// The same share, but another part each day, until it has been everything.
    public var rotating: VerifySample {
        guard case .percent(let percent) = self, percent > 0 else { return self }
        return .ofToday(in: Int((100 / percent).rounded(.up)))
    }

    /// By the first 32 bits of the hash in the name, which are as good as random and the same on every replica.
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
