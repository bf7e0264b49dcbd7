import Foundation
import Testing

@testable import Backup
@testable import Vault

extension RestoreTarget {
    /// Restores a file in one piece.
    @discardableResult
    func restore(_ text: String, as entry: Entry, replacing: Bool = false) throws -> [RestoreError] {
        var entry = entry
        entry.size = UInt64(text.utf8.count)
        let file = try beginFile(entry)
        try Array(text.utf8).withUnsafeBytes { try file.write($0, at: 0) }
        return try file.finish(replacing: replacing)
    }
}

extension Entry {
    static func file(_ path: String, mode: UInt32 = 0o644) -> Entry { make(path, .file, mode) }

    static func directory(_ path: String, mode: UInt32 = 0o755) -> Entry { make(path, .directory, mode) }

    static func link(_ path: String, to target: String) -> Entry {
        var entry = make(path, .symbolicLink, 0o777)
        entry.linkTarget = Array(target.utf8)
        return entry
    }

    private static func make(_ path: String, _ kind: Kind, _ mode: UInt32) -> Entry {
        var entry = Entry(path: EntryPath(path), kind: kind)
        entry.mode = mode
        entry.modified = 1_700_000_000_123_456_789
        entry.ownerID = geteuid()
        entry.groupID = getegid()
        return entry
    }
}

/// The code that `body` throws; nil if it does not.
func code(_ body: () throws -> Void) throws -> RestoreError.Code? {
    do {
        try body()
        return nil
    } catch let error as RestoreError {
        return error.code
    }
}

@Suite struct RestoreTargetTests {
    let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    func target() throws -> RestoreTarget { try RestoreTarget(destination: scratch("to")) }

    // MARK: the destination

    @Test func makesTheDestinationAndTheFoldersAboveIt() throws {
        let target = try RestoreTarget(destination: scratch("a/b//c/"))
        try target.restore("text", as: .file("folder/file"))
        try target.syncDirectories()
        #expect(try scratch.contents(of: "a/b/c/folder/file") == "text")
    }

    @Test func aDestinationThatIsALinkIsFollowed() throws {
        try scratch.makeFolder("real")
        try scratch.link("to", to: "real")
        try target().restore("text", as: .file("file"))
        #expect(try scratch.contents(of: "real/file") == "text")
    }

    @Test func aFileIsNoDestination() throws {
        try scratch.write(to: "to")
        #expect(try code { _ = try target() } == .occupied)
    }

    @Test func aDestinationThatMayNotBeWrittenIsAnError() throws {
        let scratch = scratch
        try checked { chmod(scratch.path, 0o755) }
        try scratch.makeFolder("to", mode: 0o555)
        let codes = try asNobody {
            let target = try RestoreTarget(destination: scratch("to"))
            return [
                try code { try target.restore("text", as: .file("file")) },
                try code { try target.makeDirectory(.directory("folder")) },
                try code { _ = try target.makeLink(.link("link", to: "x"), replacing: true) },
                try code { _ = try RestoreTarget(destination: scratch("to/below")) },
            ]
        }
        #expect(codes == [.accessDenied, .accessDenied, .accessDenied, .accessDenied])
        #expect(try scratch.names(in: "to").isEmpty)
    }

    // MARK: escapes

    /// A link where a folder belongs, planted before or after the folder was first used.
    @Test(arguments: ["folder/file", "folder/deep/file", "top/folder/file"])
    func isNotLedOutByALinkInPlaceOfAFolder(path: String) throws {
        try scratch.write("secret", to: "outside/file")
        try scratch.write("secret", to: "outside/deep/file")
        try scratch.makeFolder("to/top")
        try scratch.link("to/folder", to: "../outside")
        try scratch.link("to/top/folder", to: scratch("outside"))
        let target = try target()
        #expect(try code { try target.restore("mine", as: .file(path), replacing: true) } == .occupied)
        #expect(try code { _ = try target.makeLink(.link(path, to: "x"), replacing: true) } == .occupied)
        #expect(try code { try target.makeDirectory(.directory(path + "/new")) } == .occupied)
        #expect(try code { _ = try target.existing(.file(path)) } == .occupied)
        #expect(try scratch.names(in: "outside") == ["deep", "file"])
        #expect(try scratch.names(in: "outside/deep") == ["file"])
        #expect(try scratch.contents(of: "outside/file") == "secret")
    }

    @Test func isNotLedOutByALinkThatTakesAFoldersPlaceMeanwhile() throws {
        try scratch.makeFolder("outside", mode: 0o711)
        let target = try target()
        try target.makeDirectory(.directory("folder"))
        try target.makeDirectory(.directory("folder/deep"))
        let file = try target.beginFile(.file("folder/deep/late"))
        try checked { rename(scratch("to/folder"), scratch("to/moved")) }
        try scratch.link("to/folder", to: scratch("outside"))
        try target.restore("text", as: .file("folder/file"))
        _ = try file.finish(replacing: false)
        _ = target.finishDirectories()
        #expect(try scratch.names(in: "outside").isEmpty)
        #expect(try FileStatus(at: scratch("outside")).mode == 0o711)
        #expect(try scratch.names(in: "to/moved") == ["deep", "file"])
    }

    /// The name itself is a link: it is replaced, or is in the way, and what it points to stays.
    @Test(arguments: [true, false])
    func doesNotWriteThroughALink(replacing: Bool) throws {
        try scratch.write("secret", to: "outside")
        try scratch.makeFolder("to")
        try scratch.link("to/file", to: "../outside")
        let outcome = try code { try target().restore("mine", as: .file("file"), replacing: replacing) }
        #expect(outcome == (replacing ? nil : .exists))
        #expect(try scratch.contents(of: "outside") == "secret")
        #expect(try scratch.names(in: "to") == ["file"])
        if replacing { #expect(try scratch.contents(of: "to/file") == "mine") }
    }

    // MARK: what is there

    @Test func tellsWhatIsThere() throws {
        try scratch.write("four", to: "to/folder/file")
        try scratch.link("to/link", to: "somewhere else")
        try checked { mkfifo(scratch("to/pipe"), 0o600) }
        let target = try target()
        guard case .file(let file, let size) = try target.existing(.file("folder/file")) else {
            Issue.record("no file")
            return
        }
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(size == 4)
        #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 1) } == 3)
        #expect(bytes == Array("our\0\0\0\0\0".utf8))
        guard case .folder = try target.existing(.file("folder")) else {
            Issue.record("no folder")
            return
        }
        guard case .link(Array("somewhere else".utf8)) = try target.existing(.file("link")) else {
            Issue.record("no link")
            return
        }
        guard case .other = try target.existing(.file("pipe")) else {
            Issue.record("not other")
            return
        }
        guard case .none = try target.existing(.file("file")) else {
            Issue.record("not none")
            return
        }
        guard case .none = try target.existing(.file("no/such")) else {
            Issue.record("not none")
            return
        }
        #expect(try scratch.names(in: "to") == ["folder", "link", "pipe"])
        #expect(try code { _ = try target.existing(.file("folder/file/below")) } == .occupied)
    }

    @Test func replacesNothingUnlessToldTo() throws {
        try scratch.write("old", to: "to/file")
        try scratch.link("to/link", to: "old")
        let target = try target()
        #expect(try code { try target.restore("new", as: .file("file")) } == .exists)
        #expect(try code { _ = try target.makeLink(.link("link", to: "new"), replacing: false) } == .exists)
        #expect(try scratch.contents(of: "to/file") == "old")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch("to/link")) == "old")

        #expect(try target.restore("new", as: .file("file"), replacing: true).isEmpty)
        #expect(try target.makeLink(.link("link", to: "new"), replacing: true).isEmpty)
        #expect(try scratch.contents(of: "to/file") == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch("to/link")) == "new")
        #expect(try scratch.names(in: "to") == ["file", "link"])
    }

    /// What stands in for RENAME_NOREPLACE where the file system has it not.
    @Test func linkingReplacesNothingEither() throws {
        try scratch.write("old", to: "taken")
        let folder = try scratch.path.withCString { try DirectoryHandle(path: $0) }
        for (name, number) in [("taken", EEXIST), ("free", 0)] {
            let temporary = TemporaryName(in: folder)
            try scratch.write("new", to: String(decoding: temporary.name, as: UTF8.self))
            var failure: Int32 = 0
            temporary.name.withCString { from in
                do throws(SystemFailure) { try temporary.linkAndRemove(from, name) } catch {
                    failure = error.number
                }
            }
            #expect(failure == number)
            temporary.remove()
        }
        #expect(try scratch.contents(of: "taken") == "old")
        #expect(try scratch.contents(of: "free") == "new")
        #expect(try scratch.names() == ["free", "taken"])
    }

    @Test func aFolderIsNeverReplacedNorAFileByAFolder() throws {
        try scratch.write("old", to: "to/folder/file")
        let target = try target()
        #expect(try code { try target.restore("new", as: .file("folder"), replacing: true) } == .occupied)
        #expect(try code { _ = try target.makeLink(.link("folder", to: "x"), replacing: true) } == .occupied)
        #expect(try code { try target.makeDirectory(.directory("folder/file")) } == .occupied)
        #expect(try scratch.names(in: "to") == ["folder"])
        #expect(try scratch.contents(of: "to/folder/file") == "old")
    }

    @Test(arguments: ["", "a\0b"])
    func aLinkToWhatIsNoPathIsDamaged(linkTarget: String) throws {
        #expect(
            try code { _ = try target().makeLink(.link("link", to: linkTarget), replacing: true) } == .damaged
        )
        #expect(try scratch.names(in: "to").isEmpty)
    }

    // MARK: folders

    @Test func foldersGetTheirModesAndTimesAfterWhatIsInThem() throws {
        let scratch = scratch
        try checked { chmod(scratch.path, 0o777) }
        let folders = [
            Entry.directory("a", mode: 0o555), .directory("a/b", mode: 0o500),
            .directory("a/b/c", mode: 0o1777),
        ]
        let failures = try asNobody {
            let target = try RestoreTarget(destination: scratch("to"))
            for folder in folders { try target.makeDirectory(folder) }
            // As a run that was broken off and begins again finds them.
            for folder in ["to/a/b", "to/a"] { try checked { chmod(scratch(folder), 0o500) } }
            for folder in folders { try target.makeDirectory(folder) }
            for folder in folders { try target.restore("text", as: .file("\(displayed(folder.path))/file")) }
            let failures = target.finishDirectories()
            try target.syncDirectories()
            return failures.filter { !$0.reason.contains("owner") }
        }
        #expect(failures.isEmpty)
        for folder in folders {
            let status = try FileStatus(at: scratch("to/\(displayed(folder.path))"))
            #expect(status.mode == folder.mode)
            #expect(status.modified == folder.modified)
        }
    }

    /// More folders than are kept open, below one that nobody can enter once it has its mode.
    @Test func theDeepestFoldersAreFinishedFirst() throws {
        let scratch = scratch
        try checked { chmod(scratch.path, 0o777) }
        let failures = try asNobody {
            let target = try RestoreTarget(destination: scratch("to"))
            try target.makeDirectory(.directory("closed", mode: 0))
            for index in 0..<300 { try target.makeDirectory(.directory("closed/\(index)", mode: 0o701)) }
            return target.finishDirectories().filter { !$0.reason.contains("owner") }
        }
        #expect(failures.isEmpty)
        let mode = try FileStatus(at: scratch("to/closed")).mode
        try checked { chmod(scratch("to/closed"), 0o755) }
        #expect(mode == 0)
        for index in 0..<300 { #expect(try FileStatus(at: scratch("to/closed/\(index)")).mode == 0o701) }
    }

    @Test func manyMoreFoldersThanAreKeptOpen() throws {
        let target = try target()
        let names = (0..<300).map { "folder \($0)/deep" }
        for name in names { try target.makeDirectory(.directory(name, mode: 0o700)) }
        for name in names.reversed() { try target.restore(name, as: .file(name + "/file")) }
        #expect(target.finishDirectories().isEmpty)
        for name in names { #expect(try scratch.contents(of: "to/\(name)/file") == name) }
    }

    // MARK: file systems that can less

    /// Without RENAME_NOREPLACE and links: the name is reserved, and what has it stays.
    @Test(arguments: [false, true])
    func aReservedNameIsTakenOnceAndNeverFromAnother(isTaken: Bool) throws {
        try scratch.makeFolder("to")
        if isTaken { try scratch.write("mine", to: "to/file") }
        let folder = try Array(scratch("to").utf8).withCString { path throws(SystemFailure) in
            try DirectoryHandle(path: path)
        }
        let (temporary, descriptor) = try TemporaryName.makeFile(in: folder)
        defer { close(descriptor) }
        _ = try checked { write(descriptor, "new", 3) }
        var failure: SystemFailure?
        do throws(SystemFailure) {
            try temporary.name.withCString { (from) throws(SystemFailure) in
                try Array("file".utf8).withCString { (to) throws(SystemFailure) in
                    try temporary.reserveAndReplace(from, to)
                }
            }
        } catch {
            failure = error
        }
        #expect(failure?.number == (isTaken ? EEXIST : nil))
        #expect(try scratch.contents(of: "to/file") == (isTaken ? "mine" : "new"))
        temporary.remove()
        #expect(try scratch.names(in: "to") == ["file"])
    }

    /// A file whose name is taken while it is on its way comes back under another one, again and again.
    @Test func aNameThatIsTakenMeanwhileIsLeftAndAnotherIsFound() throws {
        let target = try target()
        for (number, name) in ["a.jpg", "a (2).jpg", "a (3).jpg"].enumerated() {
            let file = try target.beginFile(.file("a.jpg"))
            let (path, warnings) = try file.finish(replacing: false, orAnotherName: true)
            #expect(displayed(path) == name && warnings.isEmpty, "\(number)")
        }
        #expect(try scratch.names(in: "to") == ["a (2).jpg", "a (3).jpg", "a.jpg"])
    }

    /// A file system that has taken two names for one has one name too few.
    @Test func aFolderWithANameTooFewIsToldOf() throws {
        try scratch.write("mine", to: "to/before")
        let target = try target()
        #expect(try target.names(in: nil) == [Array("before".utf8)])
        for name in ["a", "b"] {
            try target.restore("text", as: .file(name))
            target.noteFile(EntryPath(name), isNew: true)
        }
        func failures() -> Int {
            let report = RestoreReport(progress: RunProgress(replicaCount: 0)) { _ in }
            target.checkNames(report)
            return report.counts.filesFailed
        }
        #expect(failures() == 0)
        try checked { unlink(scratch("to/b")) }
        #expect(failures() == 1)
    }
}

extension FileStatus {
    /// Of a link itself.
    init(at path: String) throws { try self.init(of: path, in: AT_FDCWD) }
}
