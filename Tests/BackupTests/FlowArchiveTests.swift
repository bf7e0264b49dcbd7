import Foundation
import Testing

@testable import Backup
@testable import Vault

/// `archive` adds and never takes away, and does not replace without being told to.
@Suite struct FlowArchiveTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    @Test func keepsWhatIsNotThereAnyMore() async throws {
        let vault = try await test.open()
        try test.write("one", to: "card/1.jpg")
        try test.write("two", to: "card/day/2.jpg")
        _ = try await test.archive(vault, "card")
        let first = try test.tree("card", keys: vault.keys)

        try test.remove("card")
        try test.write("three", to: "card/3.jpg")
        let summary = try await test.archive(vault, "card")
        #expect(summary.filesTotal == 3 && summary.filesNew == 1 && summary.filesUnmodified == 0)
        let both = first.merging(try test.tree("card", keys: vault.keys)) { $1 }
        expectSame(try await test.listed(vault, "Shoot"), both)
    }

    @Test func anotherMachineAddsToTheSame() async throws {
        let (studio, laptop) = (try await test.open(), try await test.open(on: "laptop"))
        try test.write("one", to: "one/1.jpg")
        try test.write("two", to: "two/2.jpg")
        _ = try await test.archive(studio, "one")
        _ = try await test.archive(laptop, "two")
        _ = try await test.archive(studio, "one")
        expectSame(
            try await test.listed(studio, "Shoot"), try test.tree("one", "two", keys: studio.keys))
    }

    @Test func refusesOtherContentAndCommitsNothing() async throws {
        let vault = try await test.open()
        try test.write("one", to: "card/1.jpg")
        try test.write("two", to: "card/2.jpg")
        _ = try await test.archive(vault, "card")
        let before = try await test.newest(vault, of: "Shoot")
        let listed = try await test.listed(vault, "Shoot")

        try test.write("other", to: "card/2.jpg")
        try test.write("three", to: "card/3.jpg")
        await #expect {
            _ = try await test.archive(vault, "card")
        } throws: {
            ($0 as? ConflictError)?.paths == [EntryPath("card/2.jpg")]
        }
        #expect(try await vault.snapshots(warn: test.warn).count == 1)
        #expect(try await test.newest(vault, of: "Shoot").finished == before.finished)

        // Nor does the next run take up what was refused.
        try test.remove("card/2.jpg")
        let summary = try await test.archive(vault, "card")
        #expect(summary.filesTotal == 3)
        let after = try await test.listed(vault, "Shoot")
        #expect(after["card/2.jpg"] == listed["card/2.jpg"])
        #expect(after["card/3.jpg"] != nil)
    }

    enum Thing: CaseIterable { case file, folder, link, otherLink }

    @Test(arguments: Thing.allCases, Thing.allCases)
    func refusesAnotherKind(before: Thing, after: Thing) async throws {
        let vault = try await test.open()
        func make(_ thing: Thing) throws {
            try test.write("neighbour", to: "card/a")
            switch thing {
            case .file: try test.write("content", to: "card/thing")
            case .folder: try test.write("inside", to: "card/thing/inside")
            case .link: try test.scratch.link("sources/card/thing", to: "a")
            case .otherLink: try test.scratch.link("sources/card/thing", to: "b")
            }
        }
        try make(before)
        _ = try await test.archive(vault, "card")
        let listed = try await test.listed(vault, "Shoot")
        try test.remove("card/thing")
        try make(after)
        if before == after {
            _ = try await test.archive(vault, "card")
        } else {
            await #expect {
                _ = try await test.archive(vault, "card")
            } throws: {
                ($0 as? ConflictError)?.paths == [EntryPath("card/thing")]
            }
            #expect(try await test.listed(vault, "Shoot")["card/thing"] == listed["card/thing"])
            // With leave to replace, what is there now is what is restored; but no file goes for a link or a folder.
            guard before == .link || before == .otherLink else {
                await #expect(throws: ConflictError.self) {
                    _ = try await test.archive(vault, "card", replace: true)
                }
                expectSame(try await test.listed(vault, "Shoot"), listed)
                return
            }
            _ = try await test.archive(vault, "card", replace: true)
            expectSame(try await test.restored(vault, "Shoot"), try test.tree("card", keys: vault.keys))
        }
    }

    @Test func replacesWhereItIsToldTo() async throws {
        let vault = try await test.open()
        try test.write("one", to: "card/1.jpg")
        try test.write("two", to: "card/2.jpg")
        _ = try await test.archive(vault, "card")
        try test.remove("card/1.jpg")
        try test.write("other", to: "card/2.jpg")
        let summary = try await test.archive(vault, "card", replace: true)
        #expect(summary.filesTotal == 2 && summary.filesChanged == 1)
        let listed = try await test.listed(vault, "Shoot")
        #expect(listed["card/1.jpg"] != nil)
        #expect(listed["card/2.jpg"] == (try test.tree("card", keys: vault.keys))["card/2.jpg"])
    }

    @Test func theSameContentOfAnotherTimeIsUnmodified() async throws {
        let vault = try await test.open()
        try test.write("one", to: "card/1.jpg")
        _ = try await test.archive(vault, "card")
        let listed = try await test.listed(vault, "Shoot")
        var times = [
            timespec(tv_sec: 1_000_000_000, tv_nsec: 7), timespec(tv_sec: 1_000_000_000, tv_nsec: 7),
        ]
        try checked { utimensat(AT_FDCWD, test.source("card/1.jpg"), &times, 0) }
        let summary = try await test.archive(vault, "card")
        #expect(summary.filesUnmodified == 1 && summary.filesChanged == 0 && summary.filesTotal == 1)
        #expect(summary.packsStored == 0 || summary.filesNew == 0)
        #expect(try await test.listed(vault, "Shoot")["card/1.jpg"] == listed["card/1.jpg"])
    }

    @Test func takesSingleFilesAndSeveralSources() async throws {
        let vault = try await test.open()
        try test.write("one", to: "card/1.jpg")
        try test.write("note", to: "note.txt")
        try test.write("two", to: "other/deep/2.jpg")
        _ = try await test.archive(vault, "note.txt")
        _ = try await test.archive(vault, "card", "other")
        expectSame(
            try await test.restored(vault, "Shoot"),
            try test.tree("card", "note.txt", "other", keys: vault.keys))
        #expect(try await test.newest(vault, of: "Shoot").fileCount == 3)
    }
}
