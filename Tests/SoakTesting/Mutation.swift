/// Changes to bytes as damage, software and attackers make them.
public enum Mutation {
    /// `bytes` with one to three changes; pieces that are put in come from `donor` as well.
    public static func apply(
        to bytes: [UInt8], donor: [UInt8], using generator: inout SeededGenerator
    ) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            change(&bytes, donor: donor, using: &generator)
        }
        return bytes
    }

    private static func change(
        _ bytes: inout [UInt8], donor: [UInt8], using generator: inout SeededGenerator
    ) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...8, using: &generator))
        switch Int.random(in: 0..<10, using: &generator) {
        case 0 where place < bytes.count:
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1 where place < bytes.count:
            // Lengths, tags and ends of ranges.
            bytes[place] = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x1a].randomElement(using: &generator)!
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: generator.bytes(Int.random(in: 1...8, using: &generator)), at: place)
        case 4: bytes.removeLast(bytes.count - place)
        case 5: bytes += generator.bytes(Int.random(in: 1...8, using: &generator))
        case 6: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 7: bytes[place..<end].reverse()
        case 8: bytes.replaceSubrange(place..<end, with: donor.shuffledPiece(using: &generator))
        default:
            let from = Int.random(in: 0...donor.count, using: &generator)
            bytes = Array(bytes[..<place] + donor[from...])
        }
    }
}

extension [UInt8] {
    /// A piece of up to 64 bytes from anywhere in the array.
    fileprivate func shuffledPiece(using generator: inout SeededGenerator) -> ArraySlice<UInt8> {
        let from = Int.random(in: 0...count, using: &generator)
        return self[from..<Swift.min(count, from + Int.random(in: 0...64, using: &generator))]
    }
}
