import Crypto
import Foundation
import Testing

extension EndToEnd {
    /// What a restore does with what is there already, and without room.
    @Suite struct RestoreTests {
        @Test func whatIsThereIsSkippedOrLeftAloneOrReplaced() async throws {
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let shoot = try machine.scratch.folder("shoot")
            for name in ["equal.jpg", "different.jpg", "missing.jpg"] {
                try shoot.write(randomBytes(300_000), to: name)
            }
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)

            let destination = try await machine.restore()
            let restored = Folder(path: Array("\(destination)/shoot".utf8))
            try restored.remove("missing.jpg")
            let mine = Array("an edit of my own".utf8)
            try restored.write(mine, to: "different.jpg")
            let again = try await machine.run("restore", "Shoot", "--to", destination, "--json")
            #expect(again.exitCode == 3, "\(again)")
            #expect(again.summary["files_restored"] as? Int == 1)
            #expect(again.summary["files_skipped"] as? Int == 1)
            #expect(
                again.messages.contains {
                    $0["message_type"] as? String == "warning"
                        && $0["what"] as? String == "shoot/different.jpg"
                        && ($0["hint"] as? String)?.contains("--overwrite") == true
                }, "\(again)")
            #expect(try Data(contentsOf: URL(filePath: restored.text + "/different.jpg")) == Data(mine))

            let overwrite = try await machine.run(
                "restore", "Shoot", "--to", destination, "--overwrite", "--json")
            #expect(overwrite.exitCode == 0, "\(overwrite)")
            #expect(overwrite.summary["files_restored"] as? Int == 1)
            #expect(overwrite.summary["files_skipped"] as? Int == 2)
            try #expect(FolderRecord(restored.text).differences(from: original) == [])
        }

        @Test func aPartOfASnapshotAndAnOlderOne() async throws {
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let shoot = try machine.scratch.folder("shoot")
            try shoot.makeFolder("raw").write([1], to: "a.nef")
            try shoot.write([2], to: "b.jpg")
            let first = try await machine.archive(shoot)
            try shoot.write([3, 3], to: "c.jpg")
            try await machine.archive(shoot)

            let part = machine.scratch("part")
            let run = try await machine.run("restore", "Shoot", "shoot/raw", "--to", part)
            #expect(run.exitCode == 0, "\(run)")
            #expect(try names(in: Array("\(part)/shoot".utf8)) == [Array("raw".utf8)])
            let old = machine.scratch("old")
            let snapshot = try #require(first.summary["snapshot_id"] as? String)
            let older = try await machine.run("restore", "Shoot@\(snapshot)", "--to", old)
            #expect(older.exitCode == 0, "\(older)")
            #expect(try names(in: Array("\(old)/shoot".utf8)).count == 2)
            let none = try await machine.run("restore", "Nothing", "--to", old)
            #expect(none.exitCode == 1 && none.error.contains("\nhint: "), "\(none)")
        }

        /// On a full disk no file is there in part, and the rest comes with room.
        @Test func aFullDiskLeavesNoPartialFile() async throws {
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...4 { try shoot.write(randomBytes(3_000_000), to: "\(number).raw") }
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)

            // A file system of 8 MB that this process alone sees, and what is on it when it has ended.
            let disk = try machine.scratch.folder("disk").text
            let onSmallDisk = """
                mount -t tmpfs -o size=8m none \(disk) || exit 99
                "$@"
                status=$?
                find \(disk) -type f -printf '%s %f\\n'
                exit $status
                """
            let unshare = ["/usr/bin/unshare", "--mount"] + (geteuid() == 0 ? [] : ["--map-root-user"])
            let run = try await machine.run(
                "restore", "Shoot", "--to", disk, launcher: unshare + ["/bin/sh", "-c", onSmallDisk, "sh"])
            try #require(run.exitCode != 99, "no small disk: \(run)")
            #expect(run.exitCode == 1, "\(run)")
            #expect(run.error.contains("no space left on device"), "\(run)")
            #expect(run.error.contains("\nhint: make room"), "\(run)")
            let left = run.output.split(separator: "\n").filter { $0.first?.isNumber == true }
            #expect(
                left.count <= 2 && left.allSatisfy { $0.hasPrefix("3000000 ") && $0.hasSuffix(".raw") },
                "\(run)")
            try await machine.expectRestore(of: original)
        }
    }
}
