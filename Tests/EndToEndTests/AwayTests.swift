import Crypto
import Foundation
import Testing

extension EndToEnd {
    /// A disk that may be away, beside providers that may not.
    @Suite struct AwayTests {
        /// Where the provider's path is the mount point itself, there is a folder without the disk too.
        @Test func theMountPointOfADiskThatIsAwayIsNoNewReplica() async throws {
            let replicas = Array(try Replica.onThreeServers().prefix(2))
            let machine = try Machine(replicas)
            let mountPoint = try machine.scratch.folder("disk").text
            try machine.configure(
                replicas.configuration()
                    + "\n[[provider]]\nname = \"shelf\"\npath = \"\(mountPoint)\"\n")
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(20_000), to: "1.raw")
            try await machine.archive(shoot)

            try FileManager.default.moveItem(atPath: mountPoint, toPath: mountPoint + "-away")
            try FileManager.default.createDirectory(atPath: mountPoint, withIntermediateDirectories: false)
            try shoot.write(randomBytes(20_000), to: "2.raw")
            try await machine.archive(shoot, exitCode: 4)
            for command in [["verify"], ["heal"], ["status"]] {
                let run = await machine.finish(try machine.start(command))
                #expect(run.exitCode == 4, "\(run)")
                #expect(
                    run.output.contains("held a replica") || run.error.contains("held a replica"), "\(run)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: mountPoint).isEmpty)

            // A new disk is filled when that is said.
            let added = try await machine.run("provider", "add", "shelf")
            #expect(added.exitCode == 0, "\(added)")
            #expect(try await machine.run("verify", "--level", "read").exitCode == 0)

            // And the one that comes back gets what it has missed.
            try FileManager.default.removeItem(atPath: mountPoint)
            try FileManager.default.moveItem(atPath: mountPoint + "-away", toPath: mountPoint)
            #expect(try await machine.run("heal").exitCode == 0)
            #expect(try await machine.run("verify", "--level", "read").exitCode == 0)
        }

        @Test func aDiskThatIsAwayAsExpectedIsNotBehindForAnyCommand() async throws {
            let replicas = Array(try Replica.onThreeServers().prefix(2))
            let machine = try Machine(replicas)
            let disk = try machine.scratch.folder("disk").text
            func configuration(expectedEvery: String?) -> String {
                replicas.configuration() + "\n[[provider]]\nname = \"shelf\"\npath = \"\(disk)\"\n"
                    + (expectedEvery.map { "expected_every = \"\($0)\"\n" } ?? "")
            }
            try machine.configure(configuration(expectedEvery: "30d"))
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(20_000), to: "1.raw")
            try await machine.archive(shoot)

            try FileManager.default.moveItem(atPath: disk, toPath: disk + "-away")
            try shoot.write(randomBytes(20_000), to: "2.raw")
            try await machine.archive(shoot)
            #expect(try await machine.run("status").exitCode == 0)
            for command in [["verify"], ["verify", "--level", "read"], ["heal"]] {
                let run = await machine.finish(try machine.start(command + ["--json"]))
                #expect(run.exitCode == 0, "\(run)")
                #expect(run.replica("shelf")?["away"] as? Bool == true)
                #expect(run.replica("shelf")?["ok"] as? Int == 0)
            }
            let told = try await machine.run("verify")
            #expect(told.output.contains("shelf: away as expected, and not verified"), "\(told)")
            // Whoever asks for it by name wants to know.
            let asked = try await machine.run("verify", "--provider", "shelf")
            #expect(asked.exitCode == 4, "\(asked)")

            // One that is expected to be there is missed.
            try machine.configure(configuration(expectedEvery: nil))
            for command in ["status", "verify", "heal"] {
                #expect(try await machine.run(command).exitCode == 4)
            }

            try FileManager.default.moveItem(atPath: disk + "-away", toPath: disk)
            try await machine.archive(shoot)
            #expect(try await machine.run("verify", "--level", "read").exitCode == 0)
        }
    }
}
