import Foundation
import Testing

@testable import Backup
@testable import Vault

/// What is archived into a collection that is backed up too stays, and what a backup takes out is counted.
@Suite struct FlowOtherRootsTests {
    let test: TestVault
    let vault: OpenVault

    init() async throws {
        test = try await TestVault()
        vault = try await test.open()
        for name in ["1", "2", "3"] { try test.write(name, to: "photos/day/\(name).jpg") }
        try test.write("card", to: "card/DCIM/9.jpg")
    }

    private func backUp() async throws -> BackupSummary {
        var rules = ScanRules.backup
        rules.keepsOtherRoots = true
        return try await test.backUp(vault, as: "Both", rules: rules)
    }

    @Test(arguments: [true, false]) func aBackupKeepsWhatWasArchived(archivesFirst: Bool) async throws {
        if archivesFirst {
            _ = try await test.archive(vault, "card", as: "Both")
            _ = try await backUp()
        } else {
            _ = try await backUp()
            _ = try await test.archive(vault, "card", as: "Both")
        }
        try test.remove("photos/day/2.jpg")
        try test.write("4", to: "photos/4.jpg")
        for _ in 0..<2 {
            let summary = try await backUp()
            #expect(summary.filesTotal == 4 && summary.others.count == 1)
            let other = try #require(summary.others[EntryPath("card")])
            #expect(other.files == 1 && other.directories == 2 && other.bytes == 4)
        }
        expectSame(try await test.listed(vault, "Both"), try test.tree("photos", "card", keys: vault.keys))
    }

    @Test func whatGoesIsCountedByKind() async throws {
        #expect(try await backUp().removed == EntryCounts())
        _ = try await test.archive(vault, "card", as: "Both")
        try test.remove("photos/day")
        try test.scratch.link("sources/photos/day", to: "elsewhere")
        let dry = try await test.backUp(vault, as: "Both", isDryRun: true)
        let real = try await test.backUp(vault, as: "Both")
        #expect(real.removed == dry.removed && real.others.isEmpty)
        // A folder that has become a link, three files below it; and, without leave to stay, the card: two folders and a file.
        #expect(real.removed.files == 4 && real.removed.directories == 3 && real.removed.all == 7)
        #expect(try await backUp().removed.all == 0)
    }

    /// The bound of what may be lost goes by what the sources had, and not by what is kept besides.
    @Test func whatIsKeptHidesNoLoss() async throws {
        for number in 0..<100 { try test.write("\(number)", to: "card/\(number).jpg") }
        for number in 0..<30 { try test.write("\(number)", to: "photos/\(number).jpg") }
        _ = try await test.archive(vault, "card", as: "Both")
        _ = try await backUp()
        for number in 0..<30 { try test.remove("photos/\(number).jpg") }
        var request = BackupRequest(collection: "Both", sources: [SourceRoot(path: test.source("photos"))])
        request.rules.keepsOtherRoots = true
        request.lossLimit = LossLimit()
        await #expect(throws: LossError.self) { try await test.store(vault, request) }
    }

}
