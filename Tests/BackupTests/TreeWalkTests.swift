import Foundation
import SoakTesting
import Testing

@testable import Backup
@testable import Vault

/// What a walk told, in a form that compares.
struct Told: Equatable, Sendable {
    var items: [String] = []
    var unreadable: [String] = []
    var skipped: [String] = []
}

func walk(
    _ path: String, label: String? = nil, excluding patterns: [String] = []
) throws -> [WalkEvent] {
    var walk = try TreeWalk(
        roots: [SourceRoot(path: path, label: label.map { Array($0.utf8) })],
        excludes: ExcludePatterns(patterns))
    var events: [WalkEvent] = []
    while let event = try walk.next() { events.append(event) }
    return events
}

func told(_ events: [WalkEvent]) -> Told {
    events.reduce(into: Told()) { told, event in
        switch event {
        case .item(let item): told.items.append(displayed(item.path))
        case .unreadable(let path, let reason, let isFolder):
            told.unreadable.append("\(displayed(path))\(isFolder ? "/" : ""): \(reason)")
        case .skipped(let path, let kind): told.skipped.append("\(displayed(path)): \(kind.name)")
        case .own(let path, let what, _): told.skipped.append("\(displayed(path)): \(what)")
        }
    }
}

extension WalkEvent {
    var item: ScannedItem? { if case .item(let item) = self { item } else { nil } }
}

func paths(_ events: [WalkEvent]) -> [EntryPath] {
    events.compactMap { $0.item?.path }
}

@Suite struct TreeWalkTests {
    let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    // MARK: order and names

    /// Names that sort otherwise as text, or around the slash, than as bytes.
    static let awkwardNames: [[UInt8]] = [
        Array("a".utf8), Array("a b".utf8), Array("a.b".utf8), Array("a-b".utf8), Array("a!".utf8),
        Array("A".utf8), Array("ab".utf8), Array("\u{e9}.jpg".utf8), Array("e\u{301}.jpg".utf8),
        Array("two\nlines".utf8), Array(" ".utf8), [0xFF, 0x41], [0x61, 0x01], [0x61, 0xFF],
        Array("-rf".utf8),
        Array("...".utf8), Array(#"back\slash"#.utf8), [UInt8](repeating: 0x78, count: 255),
    ]

    @Test(arguments: UInt64(1)...12)
    func meetsARandomTreeInTheOrderOfItsPaths(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var expected = [EntryPath("root")]
        func fill(_ folder: [UInt8], depth: Int) throws {
            for name in Self.awkwardNames.shuffled(using: &random).prefix(
                Int.random(in: 1...7, using: &random))
            {
                let path = folder + [UInt8(ascii: "/")] + name
                expected.append(EntryPath(path)!)
                if depth < 4, Bool.random(using: &random) {
                    try scratch.makeFolder(path)
                    try fill(path, depth: depth + 1)
                } else {
                    try scratch.write(to: path)
                }
            }
        }
        try scratch.makeFolder("root")
        try fill(Array("root".utf8), depth: 0)
        #expect(paths(try walk(scratch("root"))) == expected.sorted())
    }

    @Test func givesNamesAsTheBytesTheyAre() throws {
        try scratch.makeFolder("root")
        for name in Self.awkwardNames { try scratch.write(to: Array("root/".utf8) + name) }
        let names = paths(try walk(scratch("root"))).dropFirst().map { Array($0.components[1]) }
        #expect(names == Self.awkwardNames.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test func walksPathsLongerThanTheSystemTakes() throws {
        let name = [UInt8](repeating: 0x64, count: 30)
        var folder = try scratch.path.withCString { try DirectoryHandle(path: $0) }
        for _ in 0..<200 {
            try name.withCString { name in
                _ = try checked { mkdirat(folder.descriptor, name, 0o755) }
                folder = try DirectoryHandle(name, in: folder)
            }
        }
        let found = paths(try walk(scratch(String(decoding: name, as: UTF8.self))))
        #expect(found.count == 200)
        #expect(found.last?.sortBytes.count == 200 * 31 - 1)
    }

    // MARK: links and special files

    @Test func meetsLinksAndDoesNotFollowThem() throws {
        try scratch.write(to: "outside/secret")
        try scratch.makeFolder("root/folder")
        try scratch.link("root/to-folder", to: scratch("outside"))
        try scratch.link("root/to-file", to: scratch("outside/secret"))
        try scratch.link("root/to-nothing", to: "no such file")
        try scratch.link("root/folder/to-itself", to: "..")
        let events = try walk(scratch("root"))
        #expect(
            told(events).items == [
                "root", "root/folder", "root/folder/to-itself", "root/to-file", "root/to-folder",
                "root/to-nothing",
            ])
        for case .item(let item) in events where displayed(item.path).contains("to-") {
            #expect(item.status.kind == .symbolicLink)
        }
    }

    @Test func followsARootThatIsALinkToAFolder() throws {
        try scratch.write(to: "real/file")
        try scratch.link("root", to: "real")
        #expect(told(try walk(scratch("root"))).items == ["root", "root/file"])
    }

    @Test func doesNotFollowAFolderThatBecameALink() throws {
        try scratch.write(to: "outside/secret")
        try scratch.write(to: "root/a")
        try scratch.write(to: "root/folder/file")
        var walk = try TreeWalk(roots: [SourceRoot(path: scratch("root"))])
        _ = try walk.next()
        try run("/bin/rm", "-r", scratch("root/folder"))
        try scratch.link("root/folder", to: scratch("outside"))
        var events: [WalkEvent] = []
        while let event = try walk.next() { events.append(event) }
        #expect(told(events) == Told(items: ["root/a"], unreadable: ["root/folder/: not a directory"]))
    }

    @Test func skipsPipesAndSockets() throws {
        try scratch.write(to: "root/file")
        try checked { mkfifo(scratch("root/pipe"), 0o600) }
        let socket = try checked { Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = scratch("root/socket").utf8CString
        withUnsafeMutableBytes(of: &address.sun_path) { to in path.withUnsafeBytes { to.copyMemory(from: $0) }
        }
        try withUnsafePointer(to: &address) {
            _ = try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                try checked { bind(socket, address, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
        }
        #expect(
            told(try walk(scratch("root")))
                == Told(
                    items: ["root", "root/file"], skipped: ["root/pipe: named pipe", "root/socket: socket"]))
    }

    // MARK: what may not be read

    @Test func tellsOfAFolderThatMayNotBeReadAndGoesOn() throws {
        let scratch = scratch
        try checked { chmod(scratch.path, 0o755) }
        try scratch.write(to: "root/a/file")
        try scratch.write(to: "root/closed/file")
        try scratch.write(to: "root/z")
        try checked { chmod(scratch("root/closed"), 0) }
        let result = try asNobody { told(try walk(scratch("root"))) }
        try checked { chmod(scratch("root/closed"), 0o755) }
        #expect(
            result
                == Told(
                    items: ["root", "root/a", "root/a/file", "root/z"],
                    unreadable: ["root/closed/: permission denied"]))
    }

    /// A folder that may be listed, but not entered.
    @Test func tellsOfEachFileWhoseStatusMayNotBeRead() throws {
        let scratch = scratch
        try checked { chmod(scratch.path, 0o755) }
        try scratch.write(to: "root/listed/file")
        try checked { chmod(scratch("root/listed"), 0o744) }
        if geteuid() != 0 { try checked { chmod(scratch("root/listed"), 0o644) } }
        let result = try asNobody { told(try walk(scratch("root"))) }
        try checked { chmod(scratch("root/listed"), 0o755) }
        #expect(
            result
                == Told(
                    items: ["root", "root/listed"], unreadable: ["root/listed/file: permission denied"]))
    }

    @Test func meetsAFileThatMayNotBeOpened() throws {
        let scratch = scratch
        try checked { chmod(scratch.path, 0o755) }
        try scratch.write(to: "root/closed", mode: 0)
        let failure = try asNobody {
            let item = try #require(try walk(scratch("root"))[1].item)
            do throws(SystemFailure) {
                _ = try item.openFile()
                return Int32(0)
            } catch {
                return error.number
            }
        }
        #expect(failure == EACCES)
    }

    @Test func doesNotLookIntoAnExcludedFolder() throws {
        let scratch = scratch
        try checked { chmod(scratch.path, 0o755) }
        try scratch.write(to: "root/Cache/file")
        try scratch.write(to: "root/a.tmp")
        try scratch.write(to: "root/keep")
        try checked { chmod(scratch("root/Cache"), 0) }
        let result = try asNobody {
            told(try walk(scratch("root"), excluding: ["Cache/", "*.tmp", "!Cache/file"]))
        }
        try checked { chmod(scratch("root/Cache"), 0o755) }
        #expect(result == Told(items: ["root", "root/keep"]))
    }

    // MARK: what changes meanwhile

    @Test func doesNotTellOfWhatVanished() throws {
        for name in ["a", "b", "c/file", "d"] { try scratch.write(to: "root/\(name)") }
        var walk = try TreeWalk(roots: [SourceRoot(path: scratch("root"))])
        _ = try walk.next()
        try run("/bin/rm", "-r", scratch("root/b"), scratch("root/c"))
        var events: [WalkEvent] = []
        while let event = try walk.next() { events.append(event) }
        #expect(told(events) == Told(items: ["root/a", "root/d"]))
    }

    @Test func aFileThatVanishedAfterItWasMetFailsToOpen() throws {
        try scratch.write(to: "root/a")
        let item = try #require(try walk(scratch("root"))[1].item)
        try checked { unlink(scratch("root/a")) }
        #expect { _ = try item.openFile() } throws: { ($0 as? SystemFailure)?.number == ENOENT }
        try checked { mkfifo(scratch("root/a"), 0o600) }
        #expect { _ = try item.openFile() } throws: { ($0 as? SystemFailure)?.number == EINVAL }
    }

    @Test(arguments: [true, false])
    func failsWhereTheRootGoesAway(anotherTakesItsPlace: Bool) throws {
        try scratch.write(to: "root/a")
        try scratch.write(to: "root/b")
        var walk = try TreeWalk(roots: [SourceRoot(path: scratch("root"))])
        _ = try walk.next()
        try checked { rename(scratch("root"), scratch("elsewhere")) }
        // As where a disk is taken out and its mount point shows.
        if anotherTakesItsPlace { try scratch.makeFolder("root") }
        var items = 0
        #expect { while try walk.next() != nil { items += 1 } } throws: {
            ($0 as? SourceError)?.code == .notFound
        }
        #expect(items == 2)
    }
}
