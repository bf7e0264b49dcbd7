import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// The program's own folders and mounts below a source.
    @Suite struct OwnPlaceTests {
        private let machine: Machine
        private let shoot: Folder

        init() async throws {
            let replicas = Array(try Replica.onThreeServers().prefix(2))
            machine = try Machine(replicas)
            shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(300_000), to: "a.raw")
            let disk = try machine.scratch.folder("shoot/backup/disk").text
            try machine.configure(
                """
                state = "\(shoot.text)/state"

                \(replicas.configuration())
                [[provider]]
                name = "shelf"
                path = "\(disk)"

                [[collection]]
                name = "Shoot"
                sources = ["\(shoot.text)"]
                """)
            _ = try await machine.initialise()
        }

        @Test func noRunStoresTheVaultInItself() async throws {
            for number in 0..<3 {
                let run = try await machine.run("backup", "--json")
                #expect(run.exitCode == 0, "\(run)")
                #expect(run.summary["files_total"] as? Int == 1)
                #expect(number == 0 || run.summary["files_new"] as? Int == 0)
                #expect(run.isWarned("the replica of provider shelf"))
                #expect(run.isWarned("the state folder of photobackup"))
            }
            let dry = try await machine.run("backup", "-n", "--json")
            #expect(dry.summary["files_total"] as? Int == 1, "\(dry)")
            let sources = try await machine.run("status", "--sources", "--json")
            #expect(sources.exitCode == 0, "\(sources)")
            let rows = try #require(sources.summary["sources"] as? [[String: Any]])
            #expect(rows.first?["files_new"] as? Int == 0, "\(rows)")
            let doctor = try await machine.run("doctor")
            #expect(doctor.output.contains("is left out: the replica of provider shelf"), "\(doctor)")
            #expect(doctor.output.contains("is left out: the state folder of photobackup"), "\(doctor)")
            let card = try await machine.run("safe-to-format", shoot.text)
            #expect(card.exitCode == 1 && card.output.contains("the replica of provider shelf"), "\(card)")
        }

        @Test func theVaultIsNoSource() async throws {
            let run = try await machine.run("archive", shoot.text + "/backup/disk/keyring", "--as", "Mine")
            #expect(run.exitCode == 78, "\(run)")
            #expect(run.error.contains("lies in the replica of provider shelf"), "\(run)")
        }

        @Test(.enabled(if: access("/dev/fuse", R_OK | W_OK) == 0))
        func aMountOfTheVaultIsLeftOut() async throws {
            let mountpoint = try shoot.makeFolder("mount").text
            #expect(try await machine.run("backup").exitCode == 0)
            let program = try machine.start(["mount", mountpoint])
            defer { umount2(mountpoint, CInt(MNT_DETACH)) }
            #expect(await program.nextOutput().contains(mountpoint))
            let run = try await machine.run("backup", "--json")
            #expect(run.exitCode == 0 && run.summary["files_total"] as? Int == 1, "\(run)")
            #expect(run.isWarned("snapshots that photobackup shows there"), "\(run)")
            let doctor = try await machine.run("doctor")
            #expect(
                doctor.output.contains("is left out: snapshots that photobackup shows there"), "\(doctor)")
            for source in [mountpoint, mountpoint + "/Shoot"] {
                let refused = try await machine.run("archive", source, "--as", "Mine")
                #expect(refused.exitCode == 78, "\(refused)")
            }
            program.send(SIGTERM)
            _ = await machine.finish(program)
        }
    }
}

extension ProgramRun {
    /// Whether a warning says so.
    func isWarned(_ text: String) -> Bool {
        error.contains(text)
            || messages.contains { $0["message_type"] as? String == "warning" && "\($0)".contains(text) }
    }
}
