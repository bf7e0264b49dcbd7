import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// Whatever is named and not there is told, and is not 0; what "the newest" means where several machines have one.
    @Suite struct NamedThingsTests {
        private let replicas: [Replica]
        private let machine: Machine
        private let shoot: Folder

        init() async throws {
            replicas = try Replica.onThreeServers()
            machine = try await Machine.withVault(on: replicas)
            shoot = try machine.scratch.folder("shoot")
            try shoot.makeFolder("day").write(randomBytes(900), to: "IMG_1.jpg")
            try shoot.write(randomBytes(800), to: "IMG_2.jpg")
            try await machine.archive(shoot)
        }

        /// What is not there, by a slip of the finger; what is meant, and whether something else was named too.
        private static let slips: [(arguments: [String], nearest: String)] = [
            (["restore", "Shoot", "shoot/day/IMG_l.jpg", "--to", "OUT"], "shoot/day/IMG_1.jpg"),
            (["restore", "Shoot", "shoot/day/IMG_l.jpg", "--to", "OUT", "-n"], "shoot/day/IMG_1.jpg"),
            (["restore", "Shoot", "shoot/IMG_2.jpg", "shoot/dya", "--to", "OUT"], "shoot/day"),
            (["restore", "Shoot", "--include", "*.nef", "--to", "OUT"], "photobackup ls"),
            (["restore", "Shot", "--to", "OUT"], "Shoot"),
            (["ls", "Shoot", "day/IMG_1.jpg"], "shoot/day/IMG_1.jpg"),
            (["ls", "Shoot", "shoot/IMG_2.jpg", "shoot/IMG_3.jpg"], "shoot/IMG_2.jpg"),
            (["ls", "shoot "], "Shoot"), (["ls", "Shoot@ffffffff"], "photobackup snapshots"),
            (["find", "--in", "shoot/dai"], "shoot/day"), (["find", "Shoot", "--in", "shooot"], "shoot"),
            (["find", "Shoot", "Shooot"], "Shoot"), (["diff", "Shoot", "Shoott"], "Shoot"),
            (["diff", "Shoot", "--disk", "OUT"], "mounted"), (["snapshots", "Shooot"], "Shoot"),
            (["share", "link", "Shoot", "shoot/dayy"], "shoot/day"),
            (["share", "link", "Shoot", "shoot/IMG_2.jpg", "shoot/dayy", "-n"], "shoot/day"),
            (["share", "link", "Shooot"], "Shoot"),
            (["mount", "EMPTY", "--collection", "Shooot"], "did you mean \"Shoot\"?"),
            (["forget", "--collection", "Shooot", "--keep-last", "1"], "did you mean \"Shoot\"?"),
            (["share", "grant", "Shooot", "--print-policy"], "did you mean \"Shoot\"?"),
            (["safe-to-format", "OUT"], "mounted"), (["share", "revoke", "0000"], "share list"),
            (["restore", "Shoot", "--host", "tower", "--to", "OUT"], "by"),
        ]

        @Test(arguments: slips.indices) func isTold(index: Int) async throws {
            let (arguments, nearest) = Self.slips[index]
            let places = ["OUT": machine.scratch("out"), "EMPTY": try machine.scratch.folder("empty").text]
            let run = try await machine.finish(machine.start(arguments.map { places[$0] ?? $0 }))
            #expect(run.exitCode == 1, "\(run)")
            let lines = run.error.split(separator: "\n")
            #expect(lines.contains { $0.contains("error:") }, "\(run)")
            #expect(lines.contains { $0.contains(nearest) }, "\(run)")
            if arguments.contains("shoot/IMG_2.jpg"), arguments[0] == "restore" {
                #expect(FileManager.default.fileExists(atPath: machine.scratch("out/shoot/IMG_2.jpg")))
            }
        }

        @Test func aBackupKeepsWhatWasArchivedAndCounts() async throws {
            let photos = try machine.scratch.folder("photos")
            for number in 1...4 { try photos.write(randomBytes(100), to: "\(number).jpg") }
            try machine.configure(
                replicas.configuration()
                    + "[[collection]]\nname = \"Shoot\"\nsources = [\"\(photos.text)\"]\n")
            try photos.remove("4.jpg")
            #expect(try await machine.run("backup").exitCode == 0)
            try photos.remove("3.jpg")
            let run = try await machine.run("backup", "--json")
            #expect(run.exitCode == 0 && run.summary["files_removed"] as? Int == 1, "\(run)")
            #expect(
                run.summary["files_kept_of_others"] as? Int == 2
                    && run.summary["entries_removed"] as? Int == 1)
            try photos.remove("2.jpg")
            let text = try await machine.run("backup")
            #expect(
                text.error.contains("1 removed") && text.error.contains("2 files of \"shoot\" are kept")
                    || text.output.contains("1 removed")
                        && text.output.contains("2 files of \"shoot\" are kept"),
                "\(text)")
            #expect(try await machine.run("ls", "Shoot").output.contains("IMG_2.jpg"))

            // Below a source's own name it would not be kept, and is not taken.
            let same = try machine.scratch.folder("card/photos")
            try same.write(randomBytes(10), to: "z.jpg")
            let refused = try await machine.run("archive", same.text, "--as", "Shoot")
            #expect(refused.exitCode == 64 && refused.error.contains("--label"), "\(refused)")
            #expect(
                try await machine.run("archive", same.text, "--as", "Shoot", "--label", "card").exitCode == 0)
            let dropping = try await machine.run("backup", "--accept-loss", "--json")
            #expect(dropping.summary["files_removed"] as? Int == 3, "\(dropping)")
            #expect(try await machine.run("ls", "Shoot").output == "photos/\nphotos/1.jpg\n")
        }

        @Test func eachMachineRestoresItsOwnAndAThirdIsAsked() async throws {
            let laptop = try Machine(
                replicas, configuration: "host = \"laptop\"\n" + replicas.configuration())
            let own = try laptop.scratch.folder("own")
            try own.write(randomBytes(50), to: "a.jpg")
            try laptop.configure(
                "host = \"laptop\"\n" + replicas.configuration()
                    + "[[collection]]\nname = \"Shoot\"\nsources = [\"\(own.text)\"]\n")
            #expect(try await laptop.run("backup", environment: Machine.withPassword).exitCode == 0)
            #expect(
                try await laptop.run("ls", "Shoot", environment: Machine.withPassword).output
                    == "own/\nown/a.jpg\n")
            let here = try await machine.run("ls", "Shoot")
            #expect(here.exitCode == 0 && here.output.contains("IMG_1.jpg"), "\(here)")
            #expect(here.error.contains("--host laptop"), "\(here)")
            let third = try Machine(replicas, configuration: "host = \"third\"\n" + replicas.configuration())
            let asked = try await third.run("ls", "Shoot", environment: Machine.withPassword)
            #expect(asked.exitCode == 1 && asked.error.contains("laptop"), "\(asked)")
            #expect(asked.error.contains("--host"), "\(asked)")
            let told = try await third.run(
                "ls", "Shoot", "--host", "laptop", environment: Machine.withPassword)
            #expect(told.exitCode == 0 && told.output == "own/\nown/a.jpg\n", "\(told)")

            // A mount has no newest one to show, and says why.
            let mounted = try await third.withMount(environment: Machine.withPassword) {
                (mount) async throws in
                #expect(try await !mount.names("Shoot").contains("latest"))
            }
            #expect(mounted.error.contains("Shoot: it has no folder \"latest\": 2 machines"), "\(mounted)")
            let chosen = try await third.withMount(
                "--host", "laptop", environment: Machine.withPassword
            ) { (mount) async throws in
                #expect(try await mount.names("Shoot/latest/own") == ["a.jpg"])
            }
            #expect(chosen.error == "", "\(chosen)")
        }
    }
}
