import Crypto
import Foundation
import Testing

extension EndToEnd {
    /// A dry run tells what would be, and does nothing.
    @Suite struct DryRunTests {
        @Test func archiveBackupAndHealStoreNothing() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(100_000), to: "a.raw")
            try await machine.archive(shoot)
            try shoot.write(randomBytes(200_000), to: "b.raw")
            try machine.configure(
                replicas.configuration()
                    + "[[collection]]\nname = \"Roll\"\nsources = [\"\(shoot.text)\"]\n")
            let pack = try #require(try await replicas[0].objects("packs/").keys.first)
            try await replicas[0].delete(pack)
            var before: [[String: Int]] = []
            for replica in replicas { before.append(try await replica.objects()) }

            let archive = try await machine.archive(shoot, "--dry-run")
            #expect(archive.summary["files_new"] as? Int == 1, "\(archive)")
            #expect(archive.summary["files_unmodified"] as? Int == 1)
            #expect(archive.summary["snapshot_id"] == nil)
            let backup = try await machine.run("backup", "-n", "--json")
            #expect(backup.exitCode == 0 && backup.summary["files_new"] as? Int == 2, "\(backup)")
            let heal = try await machine.run("heal", "-n", "--json")
            #expect(heal.exitCode == 5, "\(heal)")
            #expect(heal.discrepancies(of: replicas[0].name) == [pack])
            for (replica, objects) in zip(replicas, before) {
                #expect(try await replica.objects() == objects, "\(replica.name) was written to")
            }

            // What a dry run said would be stored is stored by the next run; what heal found is still to be healed.
            let real = try await machine.archive(shoot, exitCode: 4)
            #expect(real.summary["files_new"] as? Int == 1)
            #expect(real.summary["packs_stored"] as? Int ?? 0 > 0)
        }

        @Test func initMakesNoVaultAndRestoreNoFile() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try Machine(replicas)
            let dry = try await machine.run("init", "--dry-run", environment: Machine.withPassword)
            #expect(dry.exitCode == 0, "\(dry)")
            for replica in replicas { #expect(try await replica.objects() == [:]) }

            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            try await machine.archive(shoot)
            let run = try await machine.run(
                "restore", "Shoot", "--to", machine.scratch("out"), "-n", "--json")
            #expect(run.exitCode == 0, "\(run)")
            #expect(run.summary["files_restored"] as? Int == 1)
            #expect(!FileManager.default.fileExists(atPath: machine.scratch("out")))
        }
    }
}
