internal import SoakTesting

/// Pictures as damage, bad software and attackers make them, and whole ones among them: the same for the same seed.
public struct OddPictures {
    /// A picture, and what a camera wrote into it, where it is whole.
    public struct Picture: Sendable {
        public let bytes: [UInt8]
        /// How it was made, for messages.
        public let kind: String
        /// The camera's name that a whole one has, and none other; nil for the others.
        public let camera: String?
        /// Whether it is whole, and there is something to be seen of it.
        public let hasPicture: Bool
    }

    /// One of so many is whole.
    private static let wholeOneOf = 8
    /// `2026:11:21 17:28:00`, of every whole one.
    public static let taken: Int64 = 1_795_282_080

    private var generator: SeededGenerator
    private var count = 0
    /// What is damaged: one of every kind, and a picture of many bytes.
    private let sources: [[UInt8]]

    /// - Parameter others: more pictures to damage.
    public init(seed: UInt64, others: [[UInt8]] = []) {
        generator = SeededGenerator(seed: seed)
        let made = MadePicture.everyKind(maker: "NIKON", model: "Z 8", taken: "2026:11:21 17:28:00")
        sources = made.sorted { $0.key < $1.key }.map(\.value) + others
    }

    /// So many of them.
    public mutating func pictures(_ count: Int) -> [Picture] { (0..<count).map { _ in next() } }

    private mutating func next() -> Picture {
        count += 1
        if count % Self.wholeOneOf == 0 {
            let kinds = MadePicture.everyKind(
                maker: "Whole", model: "No \(count)", taken: "2026:11:21 17:28:00")
            let kind = generator.pick(kinds.keys.sorted())
            return Picture(
                bytes: kinds[kind]!, kind: "whole \(kind)", camera: "Whole No \(count)",
                hasPicture: MadePicture.kindsWithPicture.contains(kind))
        }
        let oddity = generator.pick(Oddity.allCases)
        let bytes = oddity.apply(to: generator.pick(sources), generator.pick(sources), using: &generator)
        return Picture(bytes: bytes, kind: "\(oddity), number \(count)", camera: nil, hasPicture: false)
    }
}
