import Foundation
import Testing

@testable import Backup
@testable import Vault

/// A run that is refused has sent nothing, and its dry run says the same.
@Suite struct FlowRefusalTests {
    let test: TestVault
    let vault: OpenVault

    init() async throws {
        test = try await TestVault()
        vault = try await test.open()
        for number in 10..<40 {
            try test.write(noise(2000, seed: UInt64(number)), to: "card/a/\(number).jpg")
        }
        try test.write("note", to: "card/note.txt")
        try test.write("old", to: "card/z.txt")
    }

    enum Mistake: CaseIterable {
        case takenName, takenNameOfOneSize, folderBecameLink, folderBecameFile, fileBecameFolder, emptied
        case vanished
    }

    /// Does the mistake beside new files that sort before and behind, and returns the request that is refused.
    private func make(_ mistake: Mistake) throws -> BackupRequest {
        try test.write(noise(500, seed: 1), to: "card/Anew.jpg")
        try test.write(noise(500, seed: 2), to: "card/znew.jpg")
        var rules = ScanRules.archive
        rules.onConflict = .replace
        switch mistake {
        case .takenName:
            rules = .archive
            try test.write("other content", to: "card/note.txt")
        case .takenNameOfOneSize:
            rules = .archive
            try test.write("etno", to: "card/note.txt")
        case .folderBecameLink:
            try test.remove("card/a")
            try test.scratch.link("sources/card/a", to: "/elsewhere")
        case .folderBecameFile:
            try test.remove("card/a")
            try test.write("a", to: "card/a")
        case .fileBecameFolder:
            try test.remove("card/note.txt")
            try test.write("inside", to: "card/note.txt/inside")
        case .emptied: for number in 10..<40 { try test.write("", to: "card/a/\(number).jpg") }
        case .vanished:
            rules = .backup
            try test.remove("card/a")
        }
        var request = BackupRequest(
            collection: "Shoot", sources: [SourceRoot(path: test.source("card"))], rules: rules)
        request.lossLimit = LossLimit()
        return request
    }

    @Test(arguments: Mistake.allCases)
    func nothingIsSentBefore(mistake: Mistake) async throws {
        _ = try await test.archive(vault, "card")
        var request = try make(mistake)
        let before = try await test.replicas[0].names("")
        var refusals: [String] = []
        for isDryRun in [true, false] {
            request.isDryRun = isDryRun
            do {
                try await test.store(vault, request)
                Issue.record("\(mistake) was not refused")
            } catch let error as ConflictError {
                refusals.append("\(error)")
                #expect(mistake != .emptied && mistake != .vanished)
            } catch let error as LossError {
                refusals.append("\(error)")
            }
        }
        #expect(refusals.count == 2 && refusals.first == refusals.last, "\(refusals)")
        #expect(try await test.replicas[0].names("") == before)
        #expect(try await test.newest(vault, of: "Shoot").fileCount == 32)
    }

    /// Of an SQLite catalog too, which the run itself reads in another way.
    @Test(arguments: [false, true]) func aCatalogIsComparedBeforeAnythingIsSent(isSame: Bool) async throws {
        let catalog = Array("SQLite format 3\0".utf8) + noise(200_000, seed: 5)
        try test.write(catalog, to: "card/Catalog.lrcat")
        _ = try await test.archive(vault, "card")
        let other = isSame ? catalog : Array("SQLite format 3\0".utf8) + noise(200_000, seed: 6)
        try test.write(other, to: "card/Catalog.lrcat")
        let before = try await test.replicas[0].names("")
        let request = try make(.takenName)
        try test.write("note", to: "card/note.txt")
        guard !isSame else {
            #expect(try await test.store(vault, request).filesNew == 2)
            return
        }
        let error = try await #require(throws: ConflictError.self) { try await test.store(vault, request) }
        #expect(error.paths == [EntryPath("card/Catalog.lrcat")])
        #expect(try await test.replicas[0].names("") == before)
    }

    @Test func theRefusalCountsWhatWouldGo() async throws {
        _ = try await test.archive(vault, "card")
        let request = try make(.folderBecameLink)
        let error = try await #require(throws: ConflictError.self) { try await test.store(vault, request) }
        #expect(error.paths == [EntryPath("card/a")])
        #expect(error.conflicts[0].atStake.files == 30 && error.conflicts[0].atStake.bytes == 60_000)
        #expect(error.description.contains("30 files"), "\(error)")
        #expect(!error.hint.contains("--replace"), "\(error.hint)")
    }

    /// What has been compared is not read once more, and is not compared again the next time.
    @Test func filesThatAreThereAlreadyAreReadOnce() async throws {
        _ = try await test.archive(vault, "card")
        for number in 10..<40 {
            var times = [
                timespec(tv_sec: 1_000_000_000, tv_nsec: 7), timespec(tv_sec: 1_000_000_000, tv_nsec: 7),
            ]
            try checked { utimensat(AT_FDCWD, test.source("card/a/\(number).jpg"), &times, 0) }
        }
        let again = try await test.archive(vault, "card")
        #expect(again.filesUnmodified == 32 && again.filesChanged == 0)
        // With those that were written a moment before the first run, which are looked at again.
        #expect((60_000...60_007).contains(again.bytesRead))
        #expect(again.filesTotal == 32)
    }
}
