import Foundation
import Testing

@testable import Backup
@testable import Vault

/// What a killed restore has left goes with the next one into that folder; what another restore is writing does not.
@Suite struct AbandonedFilesTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func file(_ path: String) -> Entry {
        var entry = Entry.file(path)
        entry.size = 4
        return entry
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch(folder)).sorted()
    }

    private func write(_ name: String) throws {
        try Data("half".utf8).write(to: URL(fileURLWithPath: scratch(name)))
    }

    @Test func theNextRestoreRemovesThem() throws {
        try scratch.makeFolder("to/folder")
        for folder in ["to", "to/folder"] { try write("\(folder)/.photobackup-0123456789abcdef.partial") }
        try write("to/.photobackup-0123.partial")
        try write("to/photo.partial")
        let target = try RestoreTarget(destination: scratch("to"))
        let top = try target.beginFile(file("a"))
        #expect(try names("to").filter { $0.hasSuffix("partial") }.count == 3)
        #expect(try !names("to").contains(".photobackup-0123456789abcdef.partial"))
        // Folders that no file is restored into are left alone.
        #expect(try names("to/folder") == [".photobackup-0123456789abcdef.partial"])
        let below = try target.beginFile(file("folder/b"))
        for file in [top, below] {
            try Array("1234".utf8).withUnsafeBytes { try file.write($0, at: 0) }
            #expect(try file.finish(replacing: false).isEmpty)
        }
        #expect(try names("to") == [".photobackup-0123.partial", "a", "folder", "photo.partial"])
        #expect(try names("to/folder") == ["b"])
    }

    @Test func whatIsBeingWrittenStays() throws {
        let first = try RestoreTarget(destination: scratch("to")).beginFile(file("a"))
        let second = try RestoreTarget(destination: scratch("to")).beginFile(file("b"))
        #expect(try names("to").count == 2)
        for file in [first, second] {
            try Array("1234".utf8).withUnsafeBytes { try file.write($0, at: 0) }
            #expect(try file.finish(replacing: false).isEmpty)
        }
        #expect(try names("to") == ["a", "b"])
    }
}
