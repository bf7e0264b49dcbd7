import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// What happens to the sources behind the program's back: files that rot, and files that are gone.
    @Suite struct SourceLossTests {
        private let machine: Machine
        private let photos: Folder
        private let replicas: [Replica]

        init() async throws {
            replicas = try Replica.onThreeServers()
            machine = try await Machine.withVault(on: replicas)
            photos = try machine.scratch.folder("photos")
            try configure(photos)
        }

        private func configure(_ source: Folder, _ more: String = "") throws {
            try machine.configure(
                replicas.configuration()
                    + "\n[[collection]]\nname = \"Photos\"\nsources = [\"\(source.text)\"]\n\(more)\n")
        }

        private func backup(_ options: String...) async throws -> ProgramRun {
            try await machine.finish(machine.start(["backup", "--json"] + options))
        }

        /// A page that is dirty in memory changes without its file's times: on tmpfs as long as it is mapped.
        @Test func rotIsAlarmedAndTheGoodVersionKept() async throws {
            let memory = try MemoryFolder()
            let folder = memory.folder
            let good = randomBytes(10_000)
            try folder.write(good, to: "a.jpg")
            try folder.write(randomBytes(10_000), to: "b.jpg")
            try configure(folder)
            let mapping = try DirtyMapping("\(folder.text)/a.jpg", byteCount: good.count)
            // Times that are a moment old can be relied on.
            try await memory.waitUntilSettled()
            #expect(try await backup().exitCode == 0)
            mapping[5000] ^= 1
            #expect(try await backup().exitCode == 0, "what seems unchanged is not read")

            let run = try await backup("--reread", "100%")
            #expect(run.exitCode == 5 && run.summary["files_rot"] as? Int == 1, "\(run)")
            let rot = run.messages.filter { $0["message_type"] as? String == "rot" }
            #expect(rot.map { $0["path"] as? String } == ["\(memory.name)/a.jpg"])
            #expect(try await backup().exitCode == 5, "it is alarmed until somebody does something")

            let restored = machine.scratch("restored")
            let restore = try await machine.run("restore", "Photos", "--to", restored)
            #expect(restore.exitCode == 0)
            #expect(try Data(contentsOf: URL(filePath: "\(restored)/\(memory.name)/a.jpg")) == Data(good))

            // Somebody has written it: it is meant.
            try folder.setModified("a.jpg", seconds: 1_700_000_000, nanoseconds: 0)
            let meant = try await backup()
            #expect(meant.exitCode == 0 && meant.summary["files_changed"] as? Int == 1, "\(meant)")
        }

        @Test func everyPartOfTheFilesIsReadAgainOnce() async throws {
            for number in 0..<30 { try photos.write(randomBytes(100), to: "\(number).jpg") }
            for number in 0..<30 {
                try photos.setModified("\(number).jpg", seconds: 1_600_000_000, nanoseconds: 0)
            }
            #expect(try await backup().exitCode == 0)
            // Files of a moment ago are read again anyway, once.
            #expect(try await backup().exitCode == 0)
            var bytesRead = 0
            for part in 1...3 {
                let run = try await backup("--reread", "\(part)/3")
                #expect(run.exitCode == 0 && run.summary["files_unmodified"] as? Int == 30, "\(run)")
                let read = try #require(run.summary["bytes_read"] as? Int)
                #expect(read > 0 && read < 3000)
                bytesRead += read
            }
            #expect(bytesRead == 3000)
        }

        @Test func statusCountsWhatIsOnTheDiskAlone() async throws {
            func source() async throws -> [String: Any] {
                let run = try await machine.run("status", "--sources", "--json")
                #expect(run.exitCode == 0, "\(run)")
                let sources = try #require(run.summary["sources"] as? [[String: Any]])
                #expect(sources.count == 1 && sources[0]["path"] as? String == photos.text)
                return sources[0]
            }
            for name in ["a.jpg", "b.jpg", "c.jpg"] { try photos.write(randomBytes(100), to: name) }
            let before = try await machine.run("status", "--sources", "--json")
            #expect(before.exitCode == 3, "there is no snapshot yet: \(before)")
            #expect(try await backup().exitCode == 0)
            #expect(try await source()["files_unchanged"] as? Int == 3)
            try photos.write(randomBytes(101), to: "a.jpg")
            try photos.remove("b.jpg")
            try photos.write([], to: "new.jpg")
            // What another machine has backed up under that name is not what this disk is compared with.
            let other = try Machine(
                replicas, configuration: "host = \"laptop\"\n" + replicas.configuration())
            let elsewhere = try other.scratch.folder("photos")
            try elsewhere.write(randomBytes(10), to: "z.jpg")
            #expect(
                try await other.run(
                    "archive", elsewhere.text, "--as", "Photos", environment: Machine.withPassword
                ).exitCode == 0)
            let now = try await source()
            let names = ["files_new", "files_changed", "files_gone", "files_unchanged", "files_unreadable"]
            #expect(names.map { now[$0] as? Int } == [1, 1, 1, 1, 0])
            let text = try await machine.run("status", "--sources")
            #expect(
                text.output.contains("1 in no backup, 1 changed since the last one, 1 in the vault alone"))
        }

        @Test func aRunThatWouldRecordAGreatLossStops() async throws {
            for number in 0..<30 { try photos.write(randomBytes(100), to: "\(number).jpg") }
            #expect(try await backup().exitCode == 0)
            for number in 0..<16 { try photos.remove("\(number).jpg") }
            for options in [[], ["-n"]] {
                let run = try await machine.finish(machine.start(["backup"] + options))
                #expect(run.exitCode == 1, "\(run)")
                #expect(
                    run.error.contains("there were 30 files") && run.error.contains("--accept-loss"), "\(run)"
                )
            }
            let snapshots = try await machine.run("snapshots", "--json")
            #expect(snapshots.summary["snapshots"] as? Int == 1)

            try configure(photos, "max_loss = \"60%\"")
            #expect(try await backup().exitCode == 0)
            try configure(photos)
            // Files that are emptied are lost too; files that only move are not.
            try photos.makeFolder("new")
            for number in 16..<30 {
                try FileManager.default.moveItem(
                    atPath: "\(photos.text)/\(number).jpg", toPath: "\(photos.text)/new/\(number).jpg")
            }
            for number in 30..<50 { try photos.write(randomBytes(100), to: "\(number).jpg") }
            #expect(try await backup().exitCode == 0)
            for number in 30..<50 { try photos.write([], to: "\(number).jpg") }
            #expect(try await backup().exitCode == 1)
            #expect(try await backup("--accept-loss").exitCode == 0)
            try configure(photos, "max_loss = \"some\"")
            #expect(try await backup().exitCode == 78)
        }
    }
}
