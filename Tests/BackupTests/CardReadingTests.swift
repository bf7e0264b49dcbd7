import Foundation
import Testing

@testable import Backup
@testable import Vault

/// A card that does not hold still while it is read.
@Suite struct CardReadingTests {
    let test: TestVault
    let paths: [String]
    let reading: CardReading

    init() async throws {
        test = try await TestVault()
        try test.write("one", to: "card/a.jpg")
        try test.write("two", to: "card/DCIM/b.jpg")
        paths = [test.source("card")]
        let keys = try await test.open().keys
        reading = try CardReading(paths, keys: keys, progress: RunProgress(replicaCount: 3), check: {})
    }

    private func changes() throws -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: try reading.changes().map {
                (String(decoding: reading.place(of: $0.0), as: UTF8.self), $0.1)
            })
    }

    @Test func aCardThatHoldsStillHasNoChanges() throws {
        #expect(reading.files.count == 2 && reading.problems.isEmpty)
        #expect(try changes() == [:])
    }

    @Test func whatChangesComesOrGoesAfterItWasReadIsNamed() throws {
        try test.write("other", to: "card/a.jpg")
        try test.write("new", to: "card/c.jpg")
        try test.remove("card/DCIM/b.jpg")
        #expect(
            try changes() == [
                test.source("card/a.jpg"): "it has changed meanwhile",
                test.source("card/c.jpg"): "it came meanwhile",
                test.source("card/DCIM/b.jpg"): "it is gone meanwhile",
            ])
    }

    @Test func aCardThatIsPulledOutIsAnError() throws {
        try test.remove("card")
        #expect(throws: SourceError.self) { try changes() }
    }

    @Test func aFileThatGoesOrChangesWhileTheCardIsReadIsNamed() async throws {
        let keys = try await test.open().keys
        try test.write(noise(9 << 20, seed: 1), to: "card/DCIM/c.jpg")
        // The card itself, DCIM, its two files, a.jpg.
        var event = 0
        let reading = try CardReading(paths, keys: keys, progress: RunProgress(replicaCount: 3)) {
            event += 1
            if event == 3 { try test.remove("card/DCIM/b.jpg") }
            if event == 4 { try test.write("other", to: "card/DCIM/c.jpg") }
        }
        // What changed is read again: its content is what the vault is asked for.
        #expect(
            reading.files.map { reading.place(of: $0.path) }
                == ["card/DCIM/c.jpg", "card/a.jpg"].map { Array(test.source($0).utf8) })
        let problems = reading.problems.map {
            String(decoding: reading.place(of: $0.0), as: UTF8.self) + ": " + $0.1
        }
        #expect(
            problems == ["\(test.source("card/DCIM/b.jpg")): it went away while it was read"])
    }

    @Test func aLinkIsNoFileWhoseContentIsKnown() async throws {
        let keys = try await test.open().keys
        try FileManager.default.createSymbolicLink(
            atPath: test.source("card/link.jpg"), withDestinationPath: "a.jpg")
        let reading = try CardReading(
            paths, keys: keys, progress: RunProgress(replicaCount: 3), check: {})
        #expect(reading.files.count == 2)
        #expect(reading.problems.map(\.1) == ["it is a link, and links are not compared"])
    }

    @Test func aReadThatIsEndedIsNone() async throws {
        let keys = try await test.open().keys
        #expect(throws: CancellationError.self) {
            try CardReading(paths, keys: keys, progress: RunProgress(replicaCount: 3)) {
                throw CancellationError()
            }
        }
    }
}
