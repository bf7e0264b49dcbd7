import ObjectStore
import SoakTesting

/// One way in which an object of one replica is not what it was.
enum Damage: String, CaseIterable, Sendable {
    case bitFlip, cut, emptied, grown, zeroed, swapped, deleted

    /// Whether the size tells it, so that a comparison of listings finds it.
    func changesSize(from before: [UInt8], to after: [UInt8]?) -> Bool { after?.count != before.count }

    /// What the object is then; nil when it is not there any more.
    ///
    /// - Parameter other: the bytes of another object, for a swap.
    func apply(to bytes: [UInt8], other: [UInt8], using random: inout SeededGenerator) -> [UInt8]? {
        var bytes = bytes
        switch self {
        case .bitFlip:
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case .cut: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
        case .emptied: bytes = []
        case .grown: bytes += random.bytes(Int.random(in: 1...64, using: &random))
        case .zeroed:
            // A block of a disk that came back as zeros, as after a crash.
            let start = Int.random(in: 0..<bytes.count, using: &random)
            for place in start..<min(start + 4096, bytes.count) { bytes[place] = 0 }
        case .swapped: bytes = other
        case .deleted: return nil
        }
        return bytes
    }
}

extension TestReplica {
    /// Damages the object, and returns what it was and what it is; nil when that is the same.
    func damage(
        _ key: ObjectKey, _ damage: Damage, using random: inout SeededGenerator
    ) async throws -> (before: [UInt8], after: [UInt8]?)? {
        let before = try await bytes(key)
        guard !before.isEmpty else { return nil }
        let folder = key.rawValue.prefix { $0 != "/" }
        let others = try await names(String(folder)).filter { $0 != key }
        let other = others.isEmpty ? [] : try await bytes(random.pick(others))
        let after = damage.apply(to: before, other: other, using: &random)
        guard after != before else { return nil }
        if let after { try await plant(key, after) } else { try await memory.delete(key) }
        return (before, after)
    }
}
