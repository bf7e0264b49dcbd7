import Crypto
import Foundation
import Testing

extension EndToEnd {
    /// Names of one file come back as names of one file, and never as more.
    @Suite struct HardLinkTests {
        @Test func namesOfOneFileComeBackAsOne() async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            let picks = try shoot.makeFolder("picks")
            try shoot.write(randomBytes(5_000_000), to: "a.raw")
            for path in [shoot.text + "/b.raw", picks.text + "/a.raw"] {
                try #require(link(shoot.text + "/a.raw", path) == 0)
            }
            // The same content in a file of its own.
            try shoot.write(Array(try Data(contentsOf: URL(filePath: shoot.text + "/a.raw"))), to: "copy.raw")
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)

            let dryRun = try await machine.run(
                "restore", "Shoot", "--to", machine.scratch("nowhere"), "-n", "--json")
            #expect(dryRun.summary["bytes_written"] as? Int == 10_000_000, "\(dryRun)")
            let destination = try await machine.restore()
            let restored = Folder(path: Array("\(destination)/shoot".utf8))
            try #expect(FolderRecord(restored.text).differences(from: original) == [])
            try #expect(Self.inodes(restored) == [3, 3, 1, 3])

            // A name that is lost becomes one of the file again, and what was changed is replaced by one.
            try restored.remove("a.raw")
            try restored.remove("b.raw")
            try restored.write([1], to: "b.raw")
            let again = try await machine.run(
                "restore", "Shoot", "--to", destination, "--overwrite", "--json")
            #expect(again.exitCode == 0 && again.summary["files_restored"] as? Int == 2, "\(again)")
            try #expect(FolderRecord(restored.text).differences(from: original) == [])
        }

        @Test(arguments: [ForeignFileSystem.Kind.exFAT])
        func whereThereAreNoneTheRoomIsToldAndEachIsAFile(kind: ForeignFileSystem.Kind) async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(300_000), to: "a.raw")
            for name in ["b.raw", "c.raw"] {
                try #require(link(shoot.text + "/a.raw", shoot.text + "/" + name) == 0)
            }
            try await machine.archive(shoot)
            let disk = try ForeignFileSystem(kind, in: machine.scratch)
            let run = try await machine.run("restore", "Shoot", "--to", disk.path, "--json")
            #expect(run.exitCode == 0 && run.summary["files_restored"] as? Int == 3, "\(run)")
            #expect(
                run.messages.contains {
                    $0["what"] as? String == "2 hard links"
                        && ($0["why"] as? String)?.contains("600000 bytes") == true
                }, "\(run)")
            for name in ["a.raw", "b.raw", "c.raw"] {
                #expect(
                    FileManager.default.contentsEqual(
                        atPath: shoot.text + "/" + name, andPath: "\(disk.path)/shoot/\(name)"))
            }
        }

        /// How many names each file has: a, b, copy, picks/a.
        private static func inodes(_ folder: Folder) throws -> [Int] {
            try ["a.raw", "b.raw", "copy.raw", "picks/a.raw"].map { name in
                var status = stat()
                _ = try check("stat", stat("\(folder.text)/\(name)", &status))
                return Int(status.st_nlink)
            }
        }
    }
}
