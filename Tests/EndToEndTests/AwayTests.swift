import Crypto
import Foundation
import Testing

extension EndToEnd {
    /// A disk that may be away, beside providers that may not.
    @Suite struct AwayTests {
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
