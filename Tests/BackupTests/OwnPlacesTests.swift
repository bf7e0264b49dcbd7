import Foundation
import Testing

@testable import Backup
@testable import Vault

/// What this program keeps on a machine is never taken for photographs.
@Suite struct OwnPlacesTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
        try scratch.write(to: "source/a.jpg")
        for name in ["packs/0a/0a", "keyring/1.json", "README.txt", "photo.jpg", "album/b.jpg"] {
            try scratch.write(to: "source/disk/\(name)")
        }
        try scratch.write(to: "source/state/catalog.sqlite")
        try scratch.write(to: "source/packs/mine.jpg")
    }

    private var own: OwnPlaces {
        OwnPlaces([.replica(of: "shelf", at: scratch("source/disk")), .state(at: scratch("source/state"))])
    }

    private func walked(_ path: String, _ own: OwnPlaces) throws -> [WalkEvent] {
        var walk = try TreeWalk(roots: [SourceRoot(path: path)], own: own)
        var events: [WalkEvent] = []
        while let event = try walk.next() { events.append(event) }
        return events
    }

    /// Folders and files of the names that a replica has are a person's own anywhere else, and so is what else is in a
    /// provider's directory.
    @Test func replicaAndStateAreLeftOutAndNothingElseIs() throws {
        let events = try walked(scratch("source"), own)
        #expect(
            paths(events).map { displayed($0) } == [
                "source", "source/a.jpg", "source/disk", "source/disk/album", "source/disk/album/b.jpg",
                "source/disk/photo.jpg", "source/packs", "source/packs/mine.jpg",
            ])
        let told = events.compactMap { event in
            if case .own(_, let what, let place) = event {
                "\(displayed(place)): \(what)"
            } else {
                nil as String?
            }
        }
        #expect(
            Set(told) == [
                "source/disk: the replica of provider shelf", "source/state: the state folder of photobackup",
            ])
    }

    @Test func aPlaceIsKnownByAnyPath() throws {
        try scratch.link("other", to: scratch("source"))
        let linked = OwnPlaces([
            .replica(of: "shelf", at: scratch("other/disk")), .state(at: scratch("other/../source/state")),
        ])
        #expect(try told(walked(scratch("source"), linked)) == told(walked(scratch("source"), own)))
    }

    @Test(arguments: ["source/state", "source/disk/packs", "source/disk/packs/0a"])
    func aSourceInsideOneIsRefused(source: String) throws {
        let error = #expect(throws: SourceError.self) { _ = try walked(scratch(source), own) }
        #expect(error?.code == .own)
        #expect(own.around(scratch(source)) != nil)
    }

    @Test(arguments: ["source", "source/disk", "source/disk/album", "source/packs"])
    func aSourceBesideOneIsTaken(source: String) throws {
        #expect(try !walked(scratch(source), own).isEmpty)
        #expect(own.around(scratch(source)) == nil)
    }

    @Test func whatLiesBelowASourceIsNamedByWhereItIs() throws {
        #expect(
            own.below(scratch("source")).map(\.path) == [scratch("source/disk"), scratch("source/state")])
        #expect(own.below(scratch("source/packs")).isEmpty)
        #expect(own.below(scratch("source/disk")).map(\.path) == [scratch("source/disk")])
    }

    @Test func whatARestoreHasNotFinishedIsLeftOut() throws {
        try scratch.write(to: "source/.photobackup-0123456789abcdef.partial")
        try scratch.write(to: "source/.photobackup-notes")
        let events = try walked(scratch("source"), .none)
        let own = events.filter { if case .own = $0 { true } else { false } }
        #expect(own.map { displayed($0.path) } == ["source/.photobackup-0123456789abcdef.partial"])
        #expect(paths(events).contains(EntryPath("source/.photobackup-notes")))
    }

    /// As the kernel writes them.
    @Test func theKernelsTableIsUnderstood() throws {
        let root = try #require(MountTable().mounts.first { $0.point == "/" })
        #expect(root.device == Identity(path: "/")?.device)
    }
}
