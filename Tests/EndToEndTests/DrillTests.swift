import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// Files that are restored from each provider alone, to see whether they come back.
    @Suite struct DrillTests {
        private let replicas: [Replica]
        private let machine: Machine
        private let shoot: Folder

        init() async throws {
            replicas = try Replica.onThreeServers()
            machine = try await Machine.withVault(on: replicas)
            shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(5 << 20), to: "large.nef")
            try shoot.write([1, 2, 3], to: "a.jpg")
            try shoot.makeFolder("day two").write(Array("a caption".utf8), to: "b.xmp")
            try configure(shoot, "Shoot")
            let run = try await machine.run("backup")
            try #require(run.exitCode == 0, "\(run)")
        }

        private func configure(_ source: Folder, _ collection: String) throws {
            try machine.configure(
                """
                \(replicas.configuration())
                [[collection]]
                name = "\(collection)"
                sources = ["\(source.text)"]
                """)
        }

        private func drill(_ options: String..., environment: [String: String] = [:]) async throws
            -> ProgramRun
        {
            let temporary = try machine.scratch.folder("temporary")
            let run = await machine.finish(
                try machine.start(
                    ["drill", "--json"] + options,
                    environment: ["TMPDIR": temporary.text].merging(environment) { $1 }))
            #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.text) == [])
            return run
        }

        private func outcomes(_ run: ProgramRun) -> [String: String] {
            Dictionary(
                uniqueKeysWithValues: run.messages.compactMap { message in
                    guard message["message_type"] as? String == "drill" else { return nil }
                    return (message["provider"] as? String).flatMap { name in
                        (message["outcome"] as? String).map { (name, $0) }
                    }
                })
        }

        @Test(arguments: [[:], ["PHOTOBACKUP_PASSWORD": Machine.password]])
        func everyProviderGivesEverythingBackAlone(secret: [String: String]) async throws {
            let plan = try await drill("-n")
            #expect(plan.exitCode == 0, "\(plan)")
            #expect(try await machine.run("status", "--json").summary["last_drill"] == nil)
            let run = try await drill(environment: secret)
            #expect(run.exitCode == 0, "\(run)")
            #expect(outcomes(run).values.sorted() == ["proved", "proved", "proved"], "\(run)")
            let drills = run.messages.filter { $0["message_type"] as? String == "drill" }
            #expect(drills.allSatisfy { $0["files"] as? Int == 3 && $0["files_as_originals"] as? Int == 3 })
            #expect(run.summary["files_restored"] as? Int == 9)
            // Another machine knows of it.
            let other = try Machine(replicas)
            _ = try await other.run("snapshots", environment: Machine.withPassword)
            for machine in [machine, other] {
                let status = try await machine.run("status", "--json", environment: Machine.withPassword)
                let last = try #require(status.summary["last_drill"] as? [String: Any], "\(status)")
                #expect(
                    last["proved"] as? [String] == replicas.map(\.name) && last["failed"] as? [String] == [])
            }
        }

        @Test func aPasswordThatIsWrongIsTold() async throws {
            let run = try await drill(environment: ["PHOTOBACKUP_PASSWORD": "another"])
            #expect(run.exitCode == 12, "\(run)")
        }

        @Test func whatDoesNotComeBackIsNamed() async throws {
            let packs = try await replicas[1].objects("packs/")
            for (name, count) in packs {
                var bytes = try await replicas[1].read(name)
                for place in stride(from: 100, to: count, by: 1000) { bytes[place] ^= 1 }
                try await replicas[1].write(bytes, to: name)
            }
            for name in try await replicas[2].objects("keyring/").keys { try await replicas[2].delete(name) }
            let run = try await drill()
            #expect(run.exitCode == 5, "\(run)")
            #expect(outcomes(run)[replicas[0].name] == "proved", "\(run)")
            #expect(outcomes(run)[replicas[1].name] == "failed", "\(run)")
            #expect(outcomes(run)[replicas[2].name] == "failed", "\(run)")
            let status = try await machine.run("status")
            #expect(
                status.output.contains("failed at \(replicas[1].name), \(replicas[2].name)"), "\(status)")
            // As the hint says.
            #expect(run.output.contains("heal puts it right"), "\(run)")
            #expect(try await machine.run("verify", "--level", "read").exitCode == 5)
            #expect(try await machine.run("heal").exitCode == 0)
            #expect(try await drill().exitCode == 0)
        }

        @Test func anOriginalThatRotsIsNamed() async throws {
            let memory = try MemoryFolder()
            let path = "\(memory.folder.text)/a.jpg"
            let good = randomBytes(10_000)
            try memory.folder.write(good, to: "a.jpg")
            let mapping = try DirtyMapping(path, byteCount: 10_000)
            try await memory.waitUntilSettled()
            try configure(memory.folder, "Memory")
            #expect(try await machine.run("backup").exitCode == 0)
            mapping[5000] ^= 1
            let run = try await drill()
            #expect(run.exitCode == 5, "\(run)")
            #expect(run.summary["originals_rotten"] as? [String] == [path], "\(run)")
            // The vault is not to blame.
            #expect(run.summary["failed"] as? [String] == [])
            // As the hint says.
            let restored = machine.scratch("restored")
            #expect(try await machine.run("restore", "Memory", "--to", restored).exitCode == 0)
            let back = try Data(contentsOf: URL(filePath: "\(restored)/\(memory.name)/a.jpg"))
            #expect(back == Data(good))
        }

        /// As `exiftool -P` does.
        @Test func anOriginalThatWasEditedAndKeepsItsTimeIsNoRot() async throws {
            let path = "\(shoot.text)/a.jpg"
            var before = stat()
            _ = try check("lstat", lstat(path, &before))
            try Data([1, 2, 4]).write(to: URL(filePath: path))
            _ = try check("utimensat", utimensat(AT_FDCWD, path, [before.st_atim, before.st_mtim], 0))
            let run = try await drill()
            #expect(run.exitCode == 0, "\(run)")
            let drills = run.messages.filter { $0["message_type"] as? String == "drill" }
            #expect(drills.allSatisfy { $0["files"] as? Int == 3 && $0["files_as_originals"] as? Int == 2 })
        }

        @Test func aProviderThatDoesNotAnswerIsNoProofAgainstIt() async throws {
            try machine.configure(
                """
                \(replicas.configuration(reaching: [1: "http://127.0.0.1:9"]))
                """)
            let run = try await drill("--files", "1")
            #expect(run.exitCode == 4, "\(run)")
            #expect(run.summary["proved"] as? [String] == [replicas[0].name, replicas[2].name], "\(run)")
            #expect(run.messages.contains { $0["message_type"] as? String == "error" }, "\(run)")
            // Each gives back one.
            #expect(run.summary["files_restored"] as? Int == 2)
        }
    }
}
