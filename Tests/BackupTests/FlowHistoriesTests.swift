import Foundation
import Testing

@testable import Backup
@testable import Vault

/// Several machines under one name: what "the newest" means.
@Suite struct FlowHistoriesTests {
    let test: TestVault
    let studio: OpenVault
    let laptop: OpenVault

    init() async throws {
        test = try await TestVault()
        studio = try await test.open(on: "studio")
        laptop = try await test.open(on: "laptop")
        try test.write("studio", to: "studio/1.jpg")
        try test.write("laptop", to: "laptop/1.jpg")
    }

    private func tops(_ vault: OpenVault, host: String? = nil) async throws -> Set<String> {
        var selection = SnapshotSelection("Photos")
        selection.host = host
        var tops: Set<String> = []
        _ = try await vault.list(selection, EntrySelection(), warn: test.warn) {
            tops.insert(String(decoding: $0.path.root.bytes, as: UTF8.self))
        }
        return tops
    }

    private func newest(_ vault: OpenVault) async throws -> SnapshotID {
        try #require(
            try await vault.snapshots(warn: test.warn).filter { $0.host == "laptop" }.map(\.id).max())
    }

    @Test func eachMachineHasItsOwnAndAThirdHasToChoose() async throws {
        let first = try #require(try await test.backUp(studio, "studio").snapshot)
        // Of two within a second, the greater hash is the newer.
        repeat { try await test.backUp(laptop, "laptop") } while try await newest(laptop) < first
        _ = test.warnings()
        #expect(try await tops(studio) == ["studio"])
        let warning = try #require(test.warnings().first { $0.why.contains("--host laptop") })
        #expect(warning.what.hasPrefix("snapshot "))
        #expect(try await tops(laptop) == ["laptop"])
        #expect(test.warnings().isEmpty, "the newest is one's own: there is nothing to tell")
        #expect(try await tops(studio, host: "laptop") == ["laptop"])
        #expect(try await tops(laptop, host: "studio") == ["studio"])
        for vault in [try await test.open(on: "third"), try await test.openAnew(on: "third")] {
            let error = try await #require(throws: SelectionError.self) { _ = try await tops(vault) }
            #expect(error.description.contains("studio") && error.description.contains("laptop"))
            #expect(error.hint?.contains("--host") ?? false)
            #expect(try await tops(vault, host: "studio") == ["studio"])
            let unknown = try await #require(throws: SelectionError.self) {
                _ = try await tops(vault, host: "tower")
            }
            #expect(unknown.hint?.contains("laptop, studio") ?? false, "\(unknown)")
        }
        // A name chooses too, and a moment before the other had any.
        let oldest = try #require(try await studio.snapshots(warn: test.warn).first { $0.host == "studio" })
        let named = try await laptop.find(SnapshotSelection("Photos@\(oldest.id.short)"), warn: test.warn)
        #expect(named.id == oldest.id)
    }

    @Test func oneMachineThatIsNotThisOneIsMeant() async throws {
        try await test.backUp(laptop, "laptop")
        try await test.backUp(laptop, "laptop")
        #expect(try await tops(studio) == ["laptop"])
        #expect(try await tops(try await test.openAnew(on: "third")) == ["laptop"])
    }

    /// What one machine archives after another has all of the other's: it is everybody's newest.
    @Test func archivesOfSeveralMachinesAreOneHistory() async throws {
        _ = try await test.archive(studio, "studio", as: "Photos")
        _ = try await test.archive(laptop, "laptop", as: "Photos")
        for vault in [studio, laptop, try await test.open(on: "third")] {
            #expect(try await tops(vault) == ["studio", "laptop"])
        }
        #expect(test.warnings().isEmpty)
    }

    /// An archive goes on from this machine's history, and leaves out nothing of it for another machine's.
    @Test func anArchiveKeepsWhatThisMachineHadBackedUp() async throws {
        try test.write("card", to: "card/1.jpg")
        try await test.backUp(studio, "studio")
        try await test.backUp(laptop, "laptop")
        _ = try await test.archive(studio, "card", as: "Photos")
        #expect(try await tops(studio) == ["studio", "card"])
        #expect(try await tops(laptop) == ["laptop"])
    }

    @Test func anotherMachinesBackupMeanwhileIsNothingToGoOnFrom() async throws {
        try test.write("card", to: "card/1.jpg")
        try await test.backUp(studio, "studio")
        let once = Counter()
        test.replicas[0].fault { [test, laptop] call in
            guard call.put?.rawValue.hasPrefix("snapshots/") ?? false, once.next() == 1 else { return nil }
            _ = try? await test.backUp(laptop, "laptop")
            return nil
        }
        _ = try await test.archive(studio, "card", as: "Photos")
        test.replicas[0].works()
        #expect(try await tops(studio) == ["studio", "card"])
    }

    // MARK: - Lineage

    private static func id(_ number: Int) -> SnapshotID {
        SnapshotID(
            time: UTCTime(secondsSince1970: Int64(1_000_000_000 + number)),
            digest: .init(hex: String(repeating: "0", count: 60) + String(format: "%04d", number))!)
    }

    private static func ancestry(_ number: Int, _ machine: Int, from parent: Int?, run: Int64) -> Ancestry {
        Ancestry(
            id: id(number), device: DeviceID([UInt8](repeating: UInt8(machine), count: 16))!,
            host: "host \(machine)", parent: parent.map(id), started: run)
    }

    @Test func runsThatMetEachOtherHalfwayAreOneHistory() {
        // Two machines archive at once; each has met the other's first snapshot, and made its own once more from it.
        let both = SnapshotLineage([
            Self.ancestry(1, 1, from: nil, run: 10), Self.ancestry(2, 2, from: nil, run: 11),
            Self.ancestry(3, 1, from: 2, run: 10), Self.ancestry(4, 2, from: 1, run: 11),
        ])
        let all = Set((1...4).map(Self.id))
        #expect(both.heads(among: all).map(\.id) == [Self.id(4)])
        // Where one has more than the other has met, there are two.
        let more = SnapshotLineage([
            Self.ancestry(1, 1, from: nil, run: 10), Self.ancestry(2, 2, from: nil, run: 11),
            Self.ancestry(3, 1, from: 1, run: 12), Self.ancestry(4, 2, from: 1, run: 11),
        ])
        #expect(more.heads(among: all).map(\.id) == [Self.id(4), Self.id(3)])
        // What was forgotten in between is not known.
        let gap = SnapshotLineage([
            Self.ancestry(1, 1, from: nil, run: 10), Self.ancestry(4, 2, from: 3, run: 14),
        ])
        #expect(!gap.covers(Self.id(4), Self.id(1)))
    }

    /// Where the machines' names are one, the hint names a snapshot, and that means one alone.
    @Test func machinesOfOneNameAreToldApartByASnapshot() throws {
        let ids = ["a", "b"].map { digit in
            SnapshotID(
                time: UTCTime(secondsSince1970: 1_000_000_000),
                digest: .init(hex: String(repeating: digit, count: 64))!)
        }
        let lineage = SnapshotLineage(
            ids.enumerated().map { number, id in
                Ancestry(
                    id: id, device: DeviceID([UInt8](repeating: UInt8(number), count: 16))!, host: "same",
                    parent: nil, started: Int64(number))
            })
        let error = #expect(throws: SelectionError.self) {
            try lineage.choose(among: Set(ids), own: nil, host: nil, of: "Photos")
        }
        let hint = try #require(error?.hint)
        let named = try #require(hint.wholeMatch(of: /name one: (\S+)/)).1
        let selection = SnapshotSelection(String(named))
        #expect(selection.collection == "Photos" && ids.filter(selection.isNamed).count == 1)
    }
}
