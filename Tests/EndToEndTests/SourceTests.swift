import Crypto
import Foundation
import ServerTesting
import Testing

extension EndToEnd {
    /// What is wrong with the source, or changes under the reader's hands.
    @Suite struct SourceTests {
        @Test(arguments: [true, false])
        func anEmptyOrVanishedSourceLeavesTheOldSnapshot(isVanished: Bool) async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let card = try machine.scratch.folder("card")
            try card.write([1, 2, 3], to: "a.jpg")
            let original = try FolderRecord(card.text)
            try machine.configure(
                replicas.configuration()
                    + "[[collection]]\nname = \"Shoot\"\nsources = [\"\(card.text)\"]\n")
            let first = try await machine.run("backup", "--json")
            #expect(first.exitCode == 0, "\(first)")
            let objects = try await replicas[0].objects()

            try card.remove("a.jpg")
            if isVanished { try FileManager.default.removeItem(atPath: card.text) }
            for command in [["backup"], ["archive", card.text, "--as", "Shoot"]] {
                let run = await machine.finish(try machine.start(command))
                #expect(run.exitCode == 1, "\(run)")
                #expect(run.error.hasPrefix("photobackup: error: \(card.text): "), "\(run)")
                #expect(run.error.contains("\nhint: "))
            }
            #expect(try await replicas[0].objects() == objects)
            // Times of the folder itself are the old ones too.
            try await machine.expectRestore(of: original, as: "card")
        }

        @Test func backupRemovesAndArchiveKeeps() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "kept.jpg")
            try shoot.write([2], to: "removed.jpg")
            try machine.configure(
                replicas.configuration()
                    + "[[collection]]\nname = \"Roll\"\nsources = [\"\(shoot.text)\"]\nexclude = [\"*.tmp\"]\n"
            )
            try shoot.write([3], to: "excluded.tmp")
            #expect(try await machine.run("backup").exitCode == 0)
            try await machine.archive(shoot)
            try shoot.remove("removed.jpg")
            #expect(try await machine.run("backup").exitCode == 0)
            try await machine.archive(shoot)

            let listed = try await machine.run("ls", "Roll")
            #expect(listed.output.contains("shoot/kept.jpg"))
            #expect(!listed.output.contains("removed.jpg") && !listed.output.contains("excluded.tmp"))
            let archived = try await machine.run("ls", "Shoot")
            #expect(archived.output.contains("removed.jpg") && archived.output.contains("excluded.tmp"))
        }

        /// Snapshots are named by the second, and several may be made within one.
        @Test func archivesInQuickSuccessionAllCount() async throws {
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let card = try machine.scratch.folder("card")
            for number in 1...8 {
                try card.write([UInt8(number)], to: "\(number).jpg")
                try await machine.archive(Folder(path: card.bytes(Array("\(number).jpg".utf8))))
            }
            let restored = try await machine.restore()
            #expect(try names(in: Array(restored.utf8)).count == 8)
        }

        @Test func aPathWithOtherContentIsRefusedUnlessSaidSo() async throws {
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let card = try machine.scratch.folder("DCIM")
            try card.write([1], to: "DSC_0001.jpg")
            try await machine.archive(card)
            try card.write([2, 2], to: "DSC_0001.jpg")

            let refused = try await machine.archive(card, exitCode: 1)
            let error = try #require(refused.messages.first { $0["message_type"] as? String == "error" })
            let hint = try #require(error["hint"] as? String)
            #expect(hint.contains("--label") && hint.contains("--replace"))
            let before = try await machine.restore()
            #expect(try Data(contentsOf: URL(filePath: before + "/DCIM/DSC_0001.jpg")) == Data([1]))

            try await machine.archive(card, "--label", "second card")
            try await machine.archive(card, "--replace")
            let after = try await machine.restore()
            for folder in ["DCIM", "second card"] {
                #expect(
                    try Data(contentsOf: URL(filePath: "\(after)/\(folder)/DSC_0001.jpg")) == Data([2, 2]))
            }
        }

        @Test func unreadableFilesAreNamed() async throws {
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "good.jpg")
            try shoot.write([2], to: "closed.jpg")
            try shoot.setMode("closed.jpg", 0)
            try shoot.makeFolder("closed").write([3], to: "inside.jpg")
            try shoot.setMode("closed", 0)
            // Root reads what it likes unless the two rights to do so are taken away.
            let launcher =
                geteuid() == 0
                ? ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"] : []

            let text = try await machine.run("archive", shoot.text, "--as", "Shoot", launcher: launcher)
            #expect(text.exitCode == 3, "\(text)")
            for name in ["shoot/closed.jpg", "shoot/closed"] {
                #expect(
                    text.error.split(separator: "\n").contains {
                        $0.hasPrefix("photobackup: warning: \(name): ") && $0.contains("permission denied")
                    }, "\(text)")
            }
            let json = try await machine.run(
                "archive", shoot.text, "--as", "Shoot", "--json", launcher: launcher)
            #expect(json.exitCode == 3, "\(json)")
            #expect(json.summary["files_unreadable"] as? Int == 2)
            let restored = try await machine.restore()
            #expect(try names(in: Array("\(restored)/shoot".utf8)) == [Array("good.jpg".utf8)])
        }

        /// A file that somebody writes to all the time has no state that could be stored.
        @Test func aFileThatNeverRestsIsNamedAndNotStored() async throws {
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "still.jpg")
            try shoot.write(randomBytes(60_000_000), to: "recording.mov")
            let recording = RestlessFile("recording.mov", in: shoot)
            let run = try await machine.run("archive", shoot.text, "--as", "Shoot")
            try await recording.rest()
            #expect(run.exitCode == 3, "\(run)")
            #expect(run.error.contains("photobackup: warning: shoot/recording.mov: "), "\(run)")
            let restored = try await machine.restore()
            #expect(try names(in: Array("\(restored)/shoot".utf8)) == [Array("still.jpg".utf8)])
            // Once it rests, it is stored.
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            try await machine.expectRestore(of: original)
        }

        /// A file that is changed once, in its middle, while it is half read, is read again and stored as it is then.
        @Test func aFileThatChangesOnceIsReadAgain() async throws {
            let replicas = try Replica.onThreeServers()
            let gate = try ByteGate(to: replicas[1].server, after: 1_000_000)
            defer { gate.close() }
            let machine = try Machine(
                replicas,
                configuration: replicas.configuration(reaching: [1: gate.endpoint]))
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            // More than the packs that may wait in memory, so that its end is not read before the gate opens.
            try shoot.write(randomBytes(300_000_000), to: "recording.mov")

            let program = try machine.start(["archive", shoot.text, "--as", "Shoot", "--json"])
            await gate.waitUntilHeld()
            try shoot.overwrite("recording.mov", at: 10, with: Array("the beginning".utf8))
            try shoot.overwrite("recording.mov", at: 299_999_000, with: Array("and the end".utf8))
            let original = try FolderRecord(shoot.text)
            gate.open()
            let run = await machine.finish(program)
            #expect(run.exitCode == 0, "\(run)")
            try await machine.expectRestore(of: original)
        }
    }
}
