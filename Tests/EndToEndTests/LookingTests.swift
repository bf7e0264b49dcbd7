import Crypto
import Foundation
import PictureTesting
import ProgramTesting
import Testing

extension EndToEnd {
    /// `ls`, `find` and `diff`, and whole groups in `restore`.
    @Suite struct LookingTests {
        private let replicas: [Replica]
        private let machine: Machine
        private let shoot: Folder
        private let raw = randomBytes(30_000)

        init() async throws {
            replicas = try Replica.onThreeServers()
            machine = try await Machine.withVault(on: replicas)
            shoot = try machine.scratch.folder("shoot")
            try shoot.write(raw, to: "IMG_1.CR2")
            try shoot.write(randomBytes(20_000), to: "IMG_1.JPG")
            try shoot.write(randomBytes(900), to: "IMG_1.CR2.xmp")
            try shoot.write(randomBytes(10), to: "IMG_10.JPG")
            try shoot.makeFolder("notes").write([1, 2, 3], to: "a.txt")
            for name in ["IMG_1.CR2", "IMG_1.JPG", "IMG_1.CR2.xmp", "IMG_10.JPG"] {
                try shoot.setModified(name, seconds: 1_600_000_000, nanoseconds: 5)
            }
            try await machine.archive(shoot)
        }

        private func rows(_ run: ProgramRun, _ type: String) -> [[String: Any]] {
            run.messages.filter { $0["message_type"] as? String == type }
        }

        private func paths(_ arguments: String...) async throws -> [String] {
            let run = try await machine.finish(machine.start(arguments + ["--json"]))
            #expect(run.exitCode == 0, "\(run)")
            return rows(run, "entry").compactMap { $0["path"] as? String }
        }

        /// What `diff` shows, a line each.
        private func differences(_ arguments: String..., exitCode: Int32 = 0) async throws -> Set<String> {
            let run = try await machine.finish(machine.start(["diff", "--json"] + arguments))
            #expect(run.exitCode == exitCode, "\(run)")
            let rows = rows(run, "difference")
            return Set(rows.map { "\($0["change"] as? String ?? "") \($0["path"] as? String ?? "")" })
        }

        @Test func theFilesOfOnePictureAreShownTogether() async throws {
            let run = try await machine.run("ls", "Shoot", "--group")
            #expect(
                run.output.split(separator: "\n") == [
                    "shoot/", "shoot/IMG_1.{CR2,CR2.xmp,JPG}", "shoot/IMG_10.JPG", "shoot/notes/",
                    "shoot/notes/a.txt",
                ])
            let listed = rows(try await machine.run("ls", "Shoot", "--json"), "entry")
            let groups = listed.map { $0["group"] as? String }
            #expect(
                groups == [nil, "shoot/IMG_1", "shoot/IMG_1", "shoot/IMG_1", "shoot/IMG_10", nil, nil])
            #expect(
                try await paths("ls", "Shoot", "shoot/IMG_1.JPG", "--whole-group")
                    == ["shoot", "shoot/IMG_1.CR2", "shoot/IMG_1.CR2.xmp", "shoot/IMG_1.JPG"])
        }

        @Test func aMemberIsRestoredAloneOrWithItsGroup() async throws {
            func restored(_ options: String...) async throws -> [String] {
                let folder = try await machine.restore(options)
                return try FileManager.default.contentsOfDirectory(atPath: "\(folder)/shoot").sorted()
            }
            #expect(try await restored("shoot/IMG_1.JPG") == ["IMG_1.JPG"])
            let whole = ["IMG_1.CR2", "IMG_1.CR2.xmp", "IMG_1.JPG"]
            #expect(try await restored("shoot/IMG_1.JPG", "--whole-group") == whole)
            #expect(try await restored("--include", "*.CR2", "--whole-group", "--exclude", "notes") == whole)
            #expect(
                try await restored("shoot/IMG_1.JPG", "--whole-group", "--exclude", "*.xmp")
                    == ["IMG_1.CR2", "IMG_1.JPG"])
        }

        @Test func filesAreFoundByNameSizeAndTime() async throws {
            #expect(
                try await paths("find", "Shoot", "--name", "img_1.*", "--name", "*.txt") == [
                    "shoot/IMG_1.CR2", "shoot/IMG_1.CR2.xmp", "shoot/IMG_1.JPG", "shoot/notes/a.txt",
                ])
            #expect(try await paths("find", "--larger", "30kB") == ["shoot/IMG_1.CR2"])
            #expect(
                try await paths("find", "--smaller", "10", "--larger", "4") == ["shoot/IMG_10.JPG"])
            #expect(try await paths("find", "--after", "2020-09-14") == ["shoot/notes/a.txt"])
            #expect(try await paths("find", "--after", "2020-09-13", "--before", "2020-09-13").count == 4)
            #expect(try await paths("find", "--before", "2020-09-12").isEmpty)
            #expect(try await paths("find", "--in", "shoot/notes") == ["shoot/notes/a.txt"])
            #expect(
                try await paths("find", "--name", "*.xmp", "--whole-group")
                    == ["shoot/IMG_1.CR2", "shoot/IMG_1.CR2.xmp", "shoot/IMG_1.JPG"])
            #expect(try await machine.run("find", "Shoot", "--larger", "2", "--smaller", "1").exitCode == 64)
            #expect(try await machine.run("find", "Nothing").exitCode == 1)
        }

        @Test func picturesAreFoundByDateTakenAndCamera() async throws {
            func picture(_ model: String, _ day: Int) -> [UInt8] {
                MadePicture.jpeg(maker: "NIKON", model: model, taken: "2026:11:\(day) 23:59:59")
            }
            let card = try machine.scratch.folder("card")
            try card.write(picture("NIKON Z 8", 20), to: "a.jpg")
            try card.write(picture("NIKON Z 6", 21), to: "b.jpg")
            try card.write(
                MadePicture.tiff(maker: "SONY", model: "A7", taken: "", isBigEndian: true), to: "c.arw")
            try card.write(Array("Exif\0\0II*\0".utf8) + randomBytes(1000), to: "damaged.jpg")
            try await machine.archive(card)

            // Not configured as a source: the program does not know where they are.
            let unknown = try await machine.run("find", "--camera", "z 8", "--json")
            #expect(unknown.exitCode == 0 && rows(unknown, "entry").isEmpty)
            #expect(unknown.summary["pictures_unknown"] as? Int == 7, "\(unknown)")
            #expect(rows(unknown, "warning").count == 1)

            try machine.configure(
                replicas.configuration()
                    + "\n[[collection]]\nname = \"Shoot\"\nsources = [\"\(card.text)\", \"\(shoot.text)\"]\n")
            #expect(try await paths("find", "--camera", "z 8") == ["card/a.jpg"])
            #expect(try await paths("find", "--camera", "NIKON", "--name", "b*") == ["card/b.jpg"])
            #expect(try await paths("find", "--taken-after", "2026-11-21") == ["card/b.jpg"])
            #expect(try await paths("find", "--taken-before", "2026-11-20") == ["card/a.jpg"])
            #expect(try await paths("find", "--camera", "sony a7") == ["card/c.arw"])

            let found = rows(try await machine.run("find", "--camera", "z 8", "--json"), "entry")
            #expect(found.first?["taken"] as? String == "2026-11-20T23:59:59")
            #expect(found.first?["camera"] as? String == "NIKON Z 8")

            // What is known stays known without the files; without the catalog, the replicas have them.
            for name in ["a.jpg", "b.jpg", "c.arw", "damaged.jpg"] { try card.remove(name) }
            #expect(try await paths("find", "--camera", "z 8") == ["card/a.jpg"])
            try machine.forget()
            let remade = try await machine.run(
                "find", "--camera", "z 8", "--fetch", "--json", environment: Machine.withPassword)
            #expect(rows(remade, "entry").compactMap { $0["path"] as? String } == ["card/a.jpg"])
            #expect(remade.summary["pictures_unknown"] as? Int == 0)
        }

        @Test func filesAreFoundByWhoHasThem() async throws {
            #expect(try await paths("find", "--state", "whole").count == 5)
            try shoot.write(randomBytes(1000), to: "IMG_2.JPG")
            try machine.configure(replicas.configuration(reaching: [0: "http://127.0.0.1:9"]))
            try await machine.archive(shoot, exitCode: 4)
            try machine.configure(replicas.configuration())
            #expect(try await paths("find", "--state", "behind") == ["shoot/IMG_2.JPG"])
            let run = try await machine.run("find", "--state", "behind", "--json")
            let row = try #require(rows(run, "entry").first)
            #expect(row["replicas"] as? [String] == [replicas[1].name, replicas[2].name])
            #expect(row["collection"] as? String == "Shoot")
            for replica in replicas {
                for name in try await replica.objects("packs/").keys { try await replica.delete(name) }
            }
            #expect(try await machine.run("verify").exitCode == 5)
            #expect(try await paths("find", "--state", "lost").count == 6)
        }

        @Test func twoSnapshotsAreCompared() async throws {
            let first = try await newest()
            try shoot.write(randomBytes(30_000), to: "IMG_1.CR2")
            try shoot.write(randomBytes(901), to: "IMG_1.CR2.xmp")
            try shoot.setModified("IMG_10.JPG", seconds: 1_600_000_001, nanoseconds: 0)
            try shoot.write([9], to: "new.txt")
            try await machine.archive(shoot, "--replace")
            let second = try await newest()
            #expect(
                try await differences("Shoot@\(first)", "Shoot@\(second)") == [
                    "content shoot/IMG_1.CR2", "metadata shoot/IMG_1.CR2.xmp", "metadata shoot/IMG_10.JPG",
                    "added shoot/new.txt",
                ])
            #expect(
                try await differences("Shoot@\(second)", "Shoot@\(first)").contains("removed shoot/new.txt"))
            #expect(try await differences("Shoot", "Shoot@\(second)").isEmpty)
            let text = try await machine.run("diff", "Shoot@\(first)", "Shoot")
            #expect(text.output.contains("M shoot/IMG_1.CR2\nU shoot/IMG_1.CR2.xmp\n"))
            #expect(text.output.contains("1 added, 0 removed, 1 changed, 2 in metadata only, 2 unchanged"))
        }

        @Test func aSnapshotIsComparedWithTheDisk() async throws {
            let place = ["Shoot", "--disk", shoot.text]
            #expect(try await differences(place[0], place[1], place[2]).isEmpty)
            try shoot.setModified("IMG_10.JPG", seconds: 1_600_000_001, nanoseconds: 0)
            try shoot.write(randomBytes(20_000), to: "IMG_1.JPG")
            try shoot.write(randomBytes(901), to: "IMG_1.CR2.xmp")
            try shoot.remove("notes/a.txt")
            try shoot.write([1], to: "new.txt")
            try shoot.link("link.jpg", to: Array("IMG_1.JPG".utf8))
            #expect(
                try await differences(place[0], place[1], place[2]) == [
                    "metadata shoot/IMG_10.JPG", "content shoot/IMG_1.JPG", "metadata shoot/IMG_1.CR2.xmp",
                    "removed shoot/notes/a.txt", "added shoot/new.txt", "added shoot/link.jpg",
                ])
            let unknown = try await machine.run("diff", "Shoot")
            #expect(unknown.exitCode == 64 && unknown.error.contains("hint: --disk"), "\(unknown)")
        }

        @Test func rotIsFoundByReading() async throws {
            let memory = try MemoryFolder()
            try memory.folder.write(randomBytes(10_000), to: "a.CR2")
            let mapping = try DirtyMapping("\(memory.folder.text)/a.CR2", byteCount: 10_000)
            try await memory.waitUntilSettled()
            let archived = try await machine.run("archive", memory.folder.text, "--as", "Memory")
            #expect(archived.exitCode == 0, "\(archived)")
            mapping[5000] ^= 1
            #expect(try await differences("Memory", "--disk", memory.folder.text).isEmpty)
            #expect(
                try await differences("Memory", "--read-all", "--disk", memory.folder.text, exitCode: 5)
                    == ["rot \(memory.name)/a.CR2"])
        }

        /// As `exiftool -P` does: the kernel's time tells.
        @Test func whatWasWrittenAndKeepsItsTimeIsContent() async throws {
            try shoot.overwrite("IMG_1.CR2", at: 100, with: [raw[100] ^ 1])
            try shoot.setModified("IMG_1.CR2", seconds: 1_600_000_000, nanoseconds: 5)
            let changes: Set = ["content shoot/IMG_1.CR2"]
            #expect(try await differences("Shoot", "--disk", shoot.text) == changes)
            #expect(try await differences("Shoot", "--read-all", "--disk", shoot.text) == changes)
        }

        private func newest() async throws -> String {
            let run = try await machine.run("snapshots", "--json")
            return try #require(rows(run, "snapshot").last?["snapshot_id"] as? String)
        }
    }
}
