import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// Two of three are enough to store, and any one is enough to restore.
    @Suite struct LostReplicaTests {
        @Test(arguments: ["rclone", "seaweedfs"])
        func aStoppedProviderCatchesUp(stopped: String) async throws {
            let own = ServerFolder(named: "test-servers-\(randomBytes(8).hex)")
            defer {
                try? own.stop()
                try? FileManager.default.removeItem(atPath: own.path)
            }
            try await blocking { try own.start([stopped]) }
            var replicas = try Replica.onThreeServers()
            let index = try #require(replicas.firstIndex { $0.name == stopped })
            replicas[index] = try Replica(own.server(stopped), prefix: replicas[index].prefix)
            let others = replicas.filter { $0.name != stopped }
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(1_000_000), to: "before.raw")
            try await machine.archive(shoot)

            try await blocking { try own.stop() }
            try shoot.write(randomBytes(20_000_000), to: "after.raw")
            let original = try FolderRecord(shoot.text)
            let run = try await machine.archive(shoot, exitCode: 4)
            let behind = try #require(run.replica(stopped))
            #expect(behind["packs_missing"] as? Int ?? 0 > 0)
            #expect(others.allSatisfy { run.replica($0.name)?["packs_missing"] as? Int == 0 })
            for other in others {
                try await Machine([other]).expectRestore(of: original, environment: Machine.withPassword)
            }
            let status = try await machine.run("status", "--json")
            #expect(status.exitCode == 4, "\(status)")
            #expect(status.replica(stopped)?["reachable"] as? Bool == false)

            try await blocking { try own.start([stopped]) }
            let heal = try await machine.run("heal", "--json")
            #expect(heal.exitCode == 0, "\(heal)")
            #expect(heal.replica(stopped)?["healed"] as? Int ?? 0 > 0)
            let verify = try await machine.run("verify", "--level", "read", "--json")
            #expect(verify.exitCode == 0, "\(verify)")
            try await Machine([replicas[index]])
                .expectRestore(of: original, environment: Machine.withPassword)
            #expect(try await machine.run("status").exitCode == 0)
        }

        @Test func withTwoProvidersGoneNothingIsCalledStored() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            let snapshots = try await replicas[0].objects("snapshots/")
            // Nobody listens on the discard port.
            let gone = ["endpoint": "http://127.0.0.1:9"]
            try machine.configure(
                replicas[0].configuration() + replicas[1].configuration(gone)
                    + replicas[2].configuration(gone))
            let run = try await machine.archive(shoot, exitCode: 1)
            let error = try #require(run.messages.first { $0["message_type"] as? String == "error" })
            #expect("\(error)".contains("1 of 3"), "\(run)")
            #expect(try await replicas[0].objects("snapshots/") == snapshots)
        }

        @Test(arguments: ["seaweedfs", "rclone", "moto"])
        func oneReplicaIsEnough(survivor: String) async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...5 { try shoot.write(randomBytes(5_000_000), to: "\(number).raw") }
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            for replica in replicas where replica.name != survivor { try await replica.deleteEverything() }
            try machine.forget()

            try await machine.expectRestore(of: original, environment: Machine.withPassword)

            // And from there the others are filled again.
            let heal = try await machine.run("heal", "--json", environment: Machine.withPassword)
            #expect(heal.exitCode == 0, "\(heal)")
            let verify = try await machine.run(
                "verify", "--level", "read", "--json", environment: Machine.withPassword)
            #expect(verify.exitCode == 0, "\(verify)")
            let objects = try await replicas[0].objects()
            for replica in replicas { #expect(try await replica.objects() == objects) }
        }

        @Test func theCatalogCanBeDeletedAtAnyTime() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(5_000_000), to: "a.raw")
            try await machine.archive(shoot)
            let packs = try await replicas[0].objects("packs/")
            try machine.forget()
            let again = await machine.finish(
                try machine.start(
                    ["archive", shoot.text, "--as", "Shoot", "--json"], environment: Machine.withPassword))
            #expect(again.exitCode == 0, "\(again)")
            #expect(again.summary["files_unmodified"] as? Int == 1)
            #expect(try await replicas[0].objects("packs/") == packs)
        }
    }
}
