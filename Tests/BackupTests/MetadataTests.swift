import CLinux
import Foundation
import Testing

@testable import Backup
@testable import Vault

@Suite struct MetadataTests {
    let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// The entries below a folder as a scan reads them.
    func scan(_ below: String) throws -> [Entry] {
        let reader = MetadataReader()
        return try walk(scratch(below), label: "root").compactMap(\.item).map { try reader.read($0).entry }
    }

    func setTime(_ below: String, seconds: Int, nanoseconds: Int) throws {
        let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
        try checked { utimensat(AT_FDCWD, scratch(below), [time, time], AT_SYMLINK_NOFOLLOW) }
    }

    func setAttribute(_ name: String, _ value: [UInt8], on below: String) throws {
        let descriptor = try checked { open(scratch(below), O_RDONLY) }
        defer { close(descriptor) }
        do throws(SystemFailure) {
            try checked {
                value.withUnsafeBytes { clinux_fsetxattr(descriptor, name, $0.baseAddress, $0.count) }
            }
        } catch {
            if error.number == ENOTSUP {
                Issue.record(
                    "\(scratch.path) has no \(name): set TMPDIR to a folder whose file system has user attributes"
                )
            }
            throw error
        }
    }

    // MARK: reading

    @Test func readsWhatStatSays() throws {
        try scratch.write("seven b", to: "from/file", mode: 0o640)
        try setTime("from/file", seconds: 1_600_000_000, nanoseconds: 987_654_321)
        let entry = try scan("from")[1]
        var raw = stat()
        try checked { lstat(scratch("from/file"), &raw) }
        #expect(entry.path == EntryPath("root/file"))
        #expect(entry.kind == .file)
        #expect(entry.size == 7)
        #expect(entry.modified == 1_600_000_000_987_654_321)
        #expect(entry.changed == Int64(raw.st_ctim.tv_sec) * 1_000_000_000 + Int64(raw.st_ctim.tv_nsec))
        #expect(entry.inode == UInt64(raw.st_ino))
        #expect(entry.mode == 0o640)
        #expect(entry.ownerID == geteuid())
        #expect(entry.owner == String(cString: getpwuid(geteuid()).pointee.pw_name))
        #expect(entry.group == String(cString: getgrgid(raw.st_gid).pointee.gr_name))
    }

    @Test(arguments: [(-1, 5, -999_999_995), (10_000_000_000, 0, .max)] as [(Int, Int, Int64)])
    func readsTimesBefore1970AndBeyond2262(seconds: Int, nanoseconds: Int, expected: Int64) throws {
        try scratch.write(to: "from/file")
        try setTime("from/file", seconds: seconds, nanoseconds: nanoseconds)
        #expect(try scan("from")[1].modified == expected)
    }

    @Test func tellsOfFilesWithSeveralNames() throws {
        try scratch.write("a photo", to: "from/a")
        try checked { link(scratch("from/a"), scratch("from/b")) }
        try scratch.write("another", to: "from/c")
        let entries = try scan("from")
        #expect(entries.map(\.linkCount) == [0, 2, 2, 0])
        #expect(entries[1].inode == entries[2].inode && entries[1].changed == entries[2].changed)
    }

    @Test(arguments: [1, 255, 256, 257, 1_024, 4_095])
    func readsTargetsOfAnyLength(length: Int) throws {
        try scratch.makeFolder("from")
        let target = String(repeating: "t", count: length)
        try scratch.link("from/link", to: target)
        #expect(try scan("from")[1].linkTarget == Array(target.utf8))
    }

    @Test func readsAttributesSortedByName() throws {
        try scratch.write(to: "from/file")
        let big = [UInt8](repeating: 7, count: 2_000)
        for (name, value) in [("user.b", Array("two".utf8)), ("user.empty", []), ("user.a", big)] {
            try setAttribute(name, value, on: "from/file")
        }
        try setAttribute("user.folder", [0, 255], on: "from")
        try scratch.link("from/link", to: "file")
        let entries = try scan("from")
        let ofUser = entries.map { $0.extendedAttributes.filter { $0.name.starts(with: "user.".utf8) } }
        #expect(
            ofUser == [
                [Entry.ExtendedAttribute(name: Array("user.folder".utf8), value: [0, 255])],
                [
                    Entry.ExtendedAttribute(name: Array("user.a".utf8), value: big),
                    Entry.ExtendedAttribute(name: Array("user.b".utf8), value: Array("two".utf8)),
                    Entry.ExtendedAttribute(name: Array("user.empty".utf8), value: []),
                ],
                [],
            ])
    }

    @Test func aFileSystemWithoutAttributesHasNone() throws {
        let descriptor = try checked { open("/proc/self/stat", O_RDONLY) }
        defer { close(descriptor) }
        let reading = AttributeReading(of: descriptor)
        #expect(reading.attributes.isEmpty && reading.missing == nil)
    }

    @Test func unknownNumbersHaveNoNames() {
        let names = OwnerNames()
        #expect(names.user(4_000_000_001) == "")
        #expect(names.group(4_000_000_001) == "")
        #expect(names.userID("no such user") == nil)
        #expect(names.groupID("no such group") == nil)
        #expect(names.userID("root") == 0)
        #expect(names.groupID("root") == 0)
        #expect(names.user(0) == "root")
    }

    // MARK: and writing

    @Test func allThatAnEntryHasComesBack() throws {
        try scratch.makeFolder("from")
        for name in TreeWalkTests.awkwardNames { try scratch.write(to: Array("from/".utf8) + name) }
        try scratch.write("set-id", to: "from/deep/setuid", mode: 0o4755)
        try scratch.write("set-id", to: "from/deep/setgid", mode: 0o2755)
        try scratch.write("read-only", to: "from/deep/closed/file")
        try setAttribute("user.rating", Array("5".utf8), on: "from/deep/closed/file")
        try checked { chmod(scratch("from/deep/closed/file"), 0o400) }
        try setAttribute("user.album", Array("x".utf8), on: "from/deep")
        try scratch.link("from/link", to: "deep/../nowhere")
        try setTime("from/link", seconds: 1_000_000_000, nanoseconds: 1)
        try setTime("from/deep/setuid", seconds: -5, nanoseconds: 999_999_999)
        try setTime("from/deep/closed", seconds: 1_234_567_890, nanoseconds: 123_456_789)
        try checked { chmod(scratch("from/deep/closed"), 0o555) }
        try checked { chmod(scratch("from/deep"), 0o1700) }

        let entries = try scan("from")
        let target = try RestoreTarget(destination: scratch("to"))
        var warnings: [RestoreError] = []
        for entry in entries {
            switch entry.kind {
            case .directory: try target.makeDirectory(entry)
            case .symbolicLink: warnings += try target.makeLink(entry, replacing: false)
            case .file:
                let below = Array("from/".utf8) + entry.path.bytes.dropFirst("root/".utf8.count)
                let content = try contents(scratch.bytes(below))
                let file = try target.beginFile(entry)
                try content.withUnsafeBytes { try file.write($0, at: 0) }
                warnings += try file.finish(replacing: false)
            }
        }
        warnings += target.finishDirectories()
        try target.syncDirectories()
        #expect(warnings.isEmpty)
        #expect(entries.count == TreeWalkTests.awkwardNames.count + 7)
        #expect(try scan("to/root").map(\.asRestored) == entries.map(\.asRestored))
    }

    private func contents(_ path: [UInt8]) throws -> [UInt8] {
        let folder = try DirectoryHandle(path: "/")
        let file = try OpenFile(Array(path.dropFirst()), in: folder)
        var bytes = [UInt8](repeating: 0, count: Int(try file.status().size))
        _ = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        return bytes
    }

    @Test func whatTheDestinationDoesNotTakeIsAWarning() throws {
        var entry = Entry.file("file")
        entry.extendedAttributes = [
            Entry.ExtendedAttribute(name: Array("bogus.name".utf8), value: [1]),
            Entry.ExtendedAttribute(name: Array("user.good".utf8), value: [2]),
        ]
        let warnings = try RestoreTarget(destination: scratch("to")).restore("text", as: entry)
        #expect(warnings.map(\.code) == [.metadata])
        #expect(warnings.first?.reason.contains("bogus.name") == true)
        let attributes = try scan("to")[1].extendedAttributes
        #expect(attributes.contains(Entry.ExtendedAttribute(name: Array("user.good".utf8), value: [2])))
        #expect(try scratch.contents(of: "to/file") == "text")
    }

    @Test(.enabled(if: geteuid() == 0, "only root may give files away"))
    func ownersGoByNameAndElseByNumber() throws {
        let target = try RestoreTarget(destination: scratch("to"))
        var known = Entry.file("known", mode: 0o4755)
        (known.owner, known.ownerID, known.group, known.groupID) = ("daemon", 4_001, "daemon", 4_002)
        var unknown = Entry.file("unknown", mode: 0o2755)
        (unknown.owner, unknown.ownerID, unknown.group, unknown.groupID) = (
            "nobody we know", 4_001, "", 4_002
        )
        var link = Entry.link("link", to: "known")
        (link.owner, link.ownerID, link.groupID) = ("", 4_003, 4_004)
        #expect(try target.restore("x", as: known).isEmpty)
        #expect(try target.restore("x", as: unknown).isEmpty)
        #expect(try target.makeLink(link, replacing: false).isEmpty)
        let statuses = try ["known", "unknown", "link"].map { try FileStatus(at: scratch("to/\($0)")) }
        #expect(statuses.map(\.ownerID) == [getpwnam("daemon").pointee.pw_uid, 4_001, 4_003])
        #expect(statuses.map(\.groupID) == [getgrnam("daemon").pointee.gr_gid, 4_002, 4_004])
        #expect(statuses.map(\.mode) == [0o4755, 0o2755, 0o777])
    }

    /// Whoever gave it has chosen everything in it. As root, the system's attributes could be set too.
    @Test(arguments: [UInt32](0...7).map { $0 << 9 | 0o757 })
    func whatOthersGaveLendsNoRights(mode: UInt32) throws {
        var file = Entry.file("folder/file", mode: mode)
        (file.owner, file.ownerID, file.group, file.groupID) = ("daemon", 4_001, "daemon", 4_002)
        // security.capability as of cap_setuid=ep; an access list that lets user 4001 write; a label.
        let version2: [UInt8] = [1, 0, 0, 2, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let list: [UInt8] =
            [2, 0, 0, 0] + [1, 0, 6, 0, 255, 255, 255, 255] + [2, 0, 7, 0, 0xa1, 0x0f, 0, 0]
            + [4, 0, 4, 0, 255, 255, 255, 255] + [16, 0, 7, 0, 255, 255, 255, 255]
            + [32, 0, 0, 0, 255, 255, 255, 255]
        let given: [(name: String, value: [UInt8])] = [
            ("security.capability", version2), ("system.posix_acl_access", list), ("trusted.x", [1]),
            ("security.selinux", [1]), ("user.rating", Array("5".utf8)),
        ]
        file.extendedAttributes = given.map { attribute in
            Entry.ExtendedAttribute(name: Array(attribute.name.utf8), value: attribute.value)
        }
        var folder = file
        folder.path = EntryPath("folder".utf8)!
        folder.kind = .directory
        folder.size = 0
        folder.extendedAttributes.append(
            Entry.ExtendedAttribute(name: Array("system.posix_acl_default".utf8), value: list))

        let target = try RestoreTarget(destination: scratch("to"), origin: .others)
        try target.makeDirectory(folder)
        #expect(try target.restore("text", as: file).isEmpty)
        var link = Entry.link("link", to: "folder")
        (link.ownerID, link.groupID) = (4_003, 4_004)
        #expect(try target.makeLink(link, replacing: false).isEmpty)
        #expect(target.finishDirectories().isEmpty)

        for name in ["folder", "folder/file", "link"] {
            let status = try FileStatus(at: scratch("to/\(name)"))
            #expect(status.ownerID == geteuid() && status.groupID == getegid(), "\(name)")
            if name != "link" { #expect(status.mode == 0o757, "\(name)") }
        }
        for entry in try scan("to").dropFirst() where entry.kind != .symbolicLink {
            #expect(entry.extendedAttributes.map(\.name) == [Array("user.rating".utf8)])
        }
    }

    /// Else a file of root's with the set-id bit would lend the rights of whoever restores it.
    @Test func setIDBitsGoWhereTheirOwnerWasNotSet() throws {
        let scratch = scratch
        try checked { chmod(scratch.path, 0o777) }
        var entry = Entry.file("file", mode: 0o6755)
        (entry.ownerID, entry.groupID) = (4_001, 4_002)
        let restored = entry
        _ = try asNobody { try RestoreTarget(destination: scratch("to")).restore("x", as: restored) }
        #expect(try FileStatus(at: scratch("to/file")).mode == 0o755)
    }
}

extension Entry {
    /// Without what a new file has anew.
    fileprivate var asRestored: Entry {
        var entry = self
        entry.inode = 0
        entry.changed = 0
        return entry
    }
}
