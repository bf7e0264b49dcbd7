import Foundation
import SoakTesting

@testable import Backup

/// The folders that a model sequence backs up, and the changes that people make to them.
struct ModelSources: Sendable {
    /// What the collection "Photos" is made of: files come, change and go.
    static let photos = "photos"
    /// What the collection "Shoot" is made of: files only come, as an archive has them.
    static let shoot = "shoot"

    private static let sizes = [0, 1, 100, 5_000, 60_000, 300_000]

    private let test: TestVault
    private var photos: [String] = []
    private var shots = 0
    private var lastSize = 0

    init(_ test: TestVault) { self.test = test }

    mutating func changePhotos(using random: inout SeededGenerator) throws {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            switch photos.isEmpty ? 0 : Int.random(in: 0..<6, using: &random) {
            case 1: try write(random.pick(photos), using: &random)
            case 2 where photos.count > 1:
                let name = random.pick(photos)
                try test.remove("\(Self.photos)/\(name)")
                photos.removeAll { $0 == name }
            case 3:
                let (from, to) = (random.pick(photos), newName(using: &random))
                try copy(from, to)
            default: try write(newName(using: &random), using: &random)
            }
        }
    }

    mutating func addShots(using random: inout SeededGenerator) throws {
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            shots += 1
            try test.write(random.bytes(random.pick(Self.sizes)), to: "\(Self.shoot)/\(shots).raw")
        }
    }

    private mutating func newName(using random: inout SeededGenerator) -> String {
        let number = Int.random(in: 0..<1000, using: &random)
        let name = random.pick(["\(number).jpg", "\(number % 7)/\(number).nef", "\(number).lrcat"])
        if !photos.contains(name) { photos.append(name) }
        return name
    }

    /// With a size that no write before it had, so that the change shows whatever the clock's ticks are.
    private mutating func write(_ name: String, using random: inout SeededGenerator) throws {
        lastSize += 1
        let size = random.chance(3) ? 4 << 20 : random.pick(Self.sizes)
        try test.write(random.bytes(size + lastSize), to: "\(Self.photos)/\(name)")
    }

    private func copy(_ from: String, _ to: String) throws {
        guard from != to else { return }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: test.source("\(Self.photos)/\(from)")))
        try test.write(bytes, to: "\(Self.photos)/\(to)")
    }
}
