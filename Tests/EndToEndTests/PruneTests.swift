import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// `forget`, `undelete` and `prune`.
    @Suite struct PruneTests {
        /// Two directories, whose clocks are the times of their files: a test sets them back.
        private struct Shelves {
            let machine: Machine
            let folders: [String]

            init() async throws {
                let scratch = try Scratch()
                folders = try ["one", "two"].map { try scratch.folder($0).text }
                machine = try Machine(
                    [],
                    configuration: zip(["one", "two"], folders).map { name, path in
                        "[[provider]]\nname = \"\(name)\"\npath = \"\(path)\"\n"
                    }.joined(separator: "\n"))
                _ = try await machine.initialise()
                self.scratch = scratch
            }

            private let scratch: Scratch

            func files(_ below: String = "") throws -> [String: Int] {
                let all = try folders.map { folder in
                    var sizes: [String: Int] = [:]
                    for name in try FileManager.default.subpathsOfDirectory(atPath: folder)
                    where name.hasPrefix(below) {
                        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
                        if attributes[.type] as? FileAttributeType == .typeRegular {
                            sizes[name] = attributes[.size] as? Int
                        }
                    }
                    return sizes
                }
                #expect(all[0] == all[1])
                return all[0]
            }

            /// Lets all that is there have come eight days earlier.
            func waitEightDays() throws {
                for folder in folders {
                    for name in try files().keys {
                        let path = "\(folder)/\(name)"
                        let modified = try FileManager.default.attributesOfItem(atPath: path)[
                            .modificationDate]
                        try FileManager.default.setAttributes(
                            [.modificationDate: (modified as! Date).addingTimeInterval(-8 * 86_400)],
                            ofItemAtPath: path)
                    }
                }
            }
        }

        @Test func theSpaceOfWhatIsForgottenComesBack() async throws {
            let shelves = try await Shelves()
            let machine = shelves.machine
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(3_000_000), to: "a.raw")
            let first = try #require(try await machine.archive(shoot).summary["snapshot_id"] as? String)
            try shoot.write(randomBytes(1_000_000), to: "a.raw")
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot, "--replace")
            let before = try shelves.files("packs/").values.reduce(0, +)

            let dry = try await machine.run("forget", "--keep-last", "1", "-n", "--json")
            #expect(dry.exitCode == 0 && dry.summary["snapshots_forgotten"] as? [String] == [first])
            let forget = try await machine.run("forget", "--keep-last", "1")
            #expect(forget.exitCode == 0 && forget.output.contains("last snapshot"), "\(forget)")
            let listed = try await machine.run("undelete", "--json")
            #expect(listed.messages.first?["snapshot_id"] as? String == first, "\(listed)")
            let undelete = try await machine.run("undelete", String(first.suffix(64)), "--json")
            #expect(undelete.exitCode == 0, "\(undelete)")
            #expect(try await machine.run("forget", "--keep-last", "1", "--quiet").exitCode == 0)

            for _ in 0..<2 {
                try shelves.waitEightDays()
                let braked = try await machine.run("prune")
                #expect(braked.exitCode == 1 && braked.error.contains("--max-delete"), "\(braked)")
                let prune = try await machine.run("prune", "--max-delete", "100%", "--json")
                #expect(prune.exitCode == 0, "\(prune)")
            }
            #expect(try shelves.files("packs/").values.reduce(0, +) <= before - 3_000_000)
            #expect(try shelves.files("snapshots/").count == 1)
            try await machine.expectRestore(of: original)
            let verify = try await machine.run("verify", "--level", "decrypt", "--json")
            #expect(verify.exitCode == 0, "\(verify)")
            #expect(try await machine.run("undelete", String(first.suffix(64))).exitCode == 1)
            #expect(try await machine.run("undelete").output.contains("no forgotten snapshot"))
        }

        @Test func aReplacedKeyringGoesWhereALaterOneOpens() async throws {
            let shelves = try await Shelves()
            let machine = shelves.machine
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(1000), to: "a.raw")
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            let before = Set(try shelves.files("keyring/").keys)
            let change = await machine.finish(
                try machine.start(
                    ["password", "change", "--kdf-strength", "interactive"],
                    environment: Machine.withPassword.merging(["PHOTOBACKUP_NEW_PASSWORD": "another"]) { $1 })
            )
            #expect(change.exitCode == 0, "\(change)")
            #expect(Set(try shelves.files("keyring/").keys).isStrictSuperset(of: before))

            let early = try await machine.run("prune", "--json")
            #expect(early.exitCode == 0 && early.summary["objects_waiting"] as? Int == 1, "\(early)")
            #expect(Set(try shelves.files("keyring/").keys).count == 2)
            try shelves.waitEightDays()
            let prune = try await machine.run("prune", "--max-delete", "100%")
            #expect(prune.exitCode == 0, "\(prune)")
            let after = Set(try shelves.files("keyring/").keys)
            #expect(after.count == 1 && after.isDisjoint(with: before))
            try await machine.expectRestore(of: original, environment: ["PHOTOBACKUP_PASSWORD": "another"])
            #expect(try await machine.run("verify", "--level", "decrypt").exitCode == 0)
        }

        @Test(arguments: [
            ["forget"], ["forget", "--keep-last", "0"], ["forget", "--keep-within", "7x"],
            ["forget", "abcd", "--keep-last", "1"], ["forget", "--keep-tag", "none"],
            ["prune", "--max-delete", "20"],
            ["prune", "--max-delete", "0%"], ["schedule", "install", "--daily", "25:30"],
        ])
        func whatCannotBeMeantIsRefusedWithAHint(arguments: [String]) async throws {
            let shelves = try await Shelves()
            let shoot = try shelves.machine.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            try await shelves.machine.archive(shoot)
            let before = try shelves.files()
            let run = await shelves.machine.finish(try shelves.machine.start(arguments))
            #expect(run.exitCode == 64, "\(run)")
            #expect(run.error.contains("error:") && run.error.contains("hint:"), "\(run)")
            #expect(try shelves.files() == before)
        }

        @Test func nothingIsPrunedOnRealServersThatIsNeeded() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(1_000_000), to: "a.raw")
            try await machine.archive(shoot)
            try shoot.write(randomBytes(1_000_000), to: "a.raw")
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot, "--replace")
            #expect(try await machine.run("forget", "--keep-last", "1", "--quiet").exitCode == 0)
            let packs = try await replicas[0].packs()
            let prune = try await machine.run("prune", "--max-delete", "100%", "--json")
            #expect(prune.exitCode == 0, "\(prune)")
            #expect(prune.summary["objects_waiting"] as? Int == 1)
            for replica in replicas { #expect(try await replica.packs() == packs) }
            try await machine.expectRestore(of: original)
        }
    }
}
