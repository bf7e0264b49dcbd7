import Foundation
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What is shown of all files at once, compared with what was done.
@Suite struct OverviewTests {
    private func setDay(_ day: Int, of path: String, in test: TestVault) throws {
        var times = [
            timespec(tv_sec: day * 86400 + 43200, tv_nsec: 1),
            timespec(tv_sec: day * 86400 + 43200, tv_nsec: 1),
        ]
        try checked { utimensat(AT_FDCWD, test.source(path), &times, 0) }
    }

    private func day(_ number: Int) -> Int {
        var zone = LocalDays()
        return zone.day(ofNanoseconds: (Int64(number) * 86400 + 43200) * 1_000_000_000 + 1)
    }

    @Test func timesAtTheBoundsHaveADay() {
        var zone = LocalDays()
        for time in [Int64.min, .min + 1, -1, 0, .max] { _ = zone.day(ofNanoseconds: time) }
        #expect(zone.day(ofNanoseconds: .max) > 100_000)
    }

    @Test func daysAndSourcesCountFilesByTheReplicasThatHoldThem() async throws {
        let test = try await TestVault()
        let vault = try await test.open()
        let memory = OverviewMemory()
        try test.write(noise(3000, seed: 1), to: "photos/a.jpg")
        try test.write(noise(3000, seed: 2), to: "photos/below/b.jpg")
        try setDay(20_000, of: "photos/a.jpg", in: test)
        try setDay(20_010, of: "photos/below/b.jpg", in: test)
        try await test.backUp(vault)
        let whole = try #require(try await test.access().overview(memory))
        #expect(
            whole.days
                == [20_000, 20_010].map {
                    VaultOverview.Day(number: day($0), fileCount: 1, lowestPlaceCount: 3)
                })
        let source = try #require(whole.sources.first)
        #expect(
            whole.sources.count == 1 && source.collection == "Photos" && source.label == Array("photos".utf8))
        #expect(source.fileCount == 2 && source.byteCount == 6000 && source.fileCounts == [0, 0, 0, 2])
        for replica in whole.replicas {
            let objects = try await test.replicas[0].names().filter { $0 != .readme }
            #expect(replica.objectCount == objects.count, "\(objects)")
            #expect(replica.byteCount > 6000 && replica.lastWrite != nil)
        }

        // One place under two names holds one copy.
        let locations = test.access().providers.map(\.location)
        try vault.catalog.setSamePlace(locations[0], locations[2], true)
        let aliased = try #require(try await test.access().overview(memory))
        #expect(aliased.placeCount == 2 && aliased.days.allSatisfy { $0.lowestPlaceCount == 2 })
        #expect(aliased.sources.map(\.fileCounts) == [[0, 0, 2]])
        try vault.catalog.setSamePlace(locations[0], locations[2], false)

        // A replica that takes nothing has less of another collection, and as much of this one.
        test.replicas[2].fault { $0.put != nil ? .accessDenied : nil }
        try test.write(noise(3000, seed: 3), to: "phone/c.jpg")
        try setDay(20_010, of: "phone/c.jpg", in: test)
        try await test.backUp(vault, "phone", as: "Phone")
        let less = try #require(try await test.access().overview(memory))
        #expect(
            less.days == [
                VaultOverview.Day(number: day(20_000), fileCount: 1, lowestPlaceCount: 3),
                VaultOverview.Day(number: day(20_010), fileCount: 2, lowestPlaceCount: 2),
            ])
        #expect(less.sources.map(\.fileCounts) == [[0, 0, 1, 0], [0, 0, 0, 2]])
        #expect(less.replicas[2].objectCount < less.replicas[0].objectCount)
        #expect(
            try await test.access().overview(OverviewMemory())?.days == less.days, "with no memory the same")
    }

    /// And on that of their last change where nobody has found it out, or the camera wrote none.
    @Test func picturesCountOnTheDayOnWhichTheyWereTaken() async throws {
        let test = try await TestVault()
        let vault = try await test.open()
        for (name, count) in [("a.jpg", 3000), ("b.jpg", 2000), ("c.txt", 1000)] {
            try test.write(noise(count, seed: UInt64(count)), to: "photos/\(name)")
            try setDay(20_000, of: "photos/\(name)", in: test)
        }
        try await test.backUp(vault)
        let asked = Mutex<[Int]>([])
        let look = PictureLook(
            sources: { _ in [SourceRoot(path: test.source("photos"))] }, fetches: false,
            read: { pictures in
                asked.withLock { $0 += pictures.map(\.count) }
                // The evening before 1970.
                return pictures.map { PictureFacts(taken: $0.count == 3000 ? -3600 : nil) }
            })
        let memory = OverviewMemory()
        let (taken, changed) = (
            VaultOverview.Day(number: -1, fileCount: 1, lowestPlaceCount: 3),
            { (count: Int) in
                VaultOverview.Day(number: day(20_000), fileCount: count, lowestPlaceCount: 3)
            }
        )
        let before = try #require(try await test.access().overview(memory))
        #expect(before.days == [changed(3)] && before.undatedFileCount == 3)
        // The second time, and with no memory, nothing is read again.
        for memory in [memory, memory, OverviewMemory()] {
            try await vault.dateFiles(look, memory)
            let overview = try #require(try await test.access().overview(memory))
            #expect(overview.days == [taken, changed(2)] && overview.undatedFileCount == 2)
            #expect(asked.withLock(\.self) == [3000, 2000])
        }

        // Another picture under the name has a day of its own.
        try test.write(noise(3001, seed: 7), to: "photos/a.jpg")
        try setDay(20_000, of: "photos/a.jpg", in: test)
        try await test.backUp(vault)
        try await vault.dateFiles(look, memory)
        #expect(try await test.access().overview(memory)?.days == [changed(3)])
        #expect(asked.withLock(\.self) == [3000, 2000, 3001])
    }

    @Test func whatIsRemovedOrFoundDamagedCountsNoMore() async throws {
        let (test, vault) = try await TestVault.withThreeSnapshots()
        let memory = OverviewMemory()
        #expect(try await test.access().overview(memory)?.sources.first?.fileCounts == [0, 0, 0, 3])
        try test.remove("photos/1.jpg")
        try await test.backUp(vault)
        #expect(try await test.access().overview(memory)?.sources.first?.fileCounts == [0, 0, 0, 2])
        try await test.replicas[0].lose("packs/")
        _ = try await test.verify(vault)
        #expect(try await test.access().overview(memory)?.sources.first?.fileCounts == [0, 0, 2, 0])
    }

    @Test func theShareThatWasReadIsRememberedAfterEachVerification() async throws {
        let (test, vault) = try await TestVault.withThreeSnapshots()
        let before = try #require(try await test.access().overview(OverviewMemory()))
        #expect(before.readBack.map(\.shares) == [["a": 0, "b": 0, "c": 0]])
        _ = try await test.verify(vault, level: .list)
        #expect(
            try await test.access().overview(OverviewMemory())?.readBack.count == 1, "a listing reads nothing"
        )
        _ = try await test.verify(vault, level: .read, budget: 9000)
        _ = try await test.verify(vault, level: .decrypt)
        let samples = try #require(try await test.access().overview(OverviewMemory())).readBack
        #expect(samples.count == 3)
        #expect(samples[0].shares.values.contains { $0 < 1 }, "the budget was not enough for all")
        #expect(samples[1].shares == ["a": 1, "b": 1, "c": 1] && samples[2].shares == samples[1].shares)
        let later = UTCTime.now().advanced(bySeconds: Int64(ReadBackSample.days + 1) * 86400)
        #expect(
            try vault.catalog.readBack(of: vault.catalogReplicas, at: later).shares == [
                "a": 0, "b": 0, "c": 0,
            ])
    }

    /// Across days and quarters of an hour, forwards and back, before 1970 too.
    @Test func daysAreThoseOfTheCLibrary() {
        var zone = LocalDays()
        for second in [
            0, 899, 900, 86_399, 86_400, -1, -86_400, 1_774_000_000, 1_774_000_001, 1_792_893_599,
            -2_000_000_000,
        ] {
            var (time, parts) = (time_t(second), tm())
            localtime_r(&time, &parts)
            (parts.tm_hour, parts.tm_min, parts.tm_sec) = (12, 0, 0)
            #expect(
                zone.day(ofNanoseconds: Int64(second) * 1_000_000_000) == Int(timegm(&parts)) / 86400
                    - (timegm(&parts) < 0 ? 1 : 0))
        }
    }
}
