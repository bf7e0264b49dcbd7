import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// A name server that is away (a box that is off, a network that was left) costs a pause, and no run.
    @Suite struct NameServerTests {
        @Test func aFirstNameServerThatIsSilentStopsNoRun() async throws {
            let script = try #require(
                Bundle.module.url(forResource: "behind_name_servers", withExtension: "py"))
            let launcher = [Python.path, script.path]
            let server = try Servers.named("rclone")
            let port = try #require(URL(string: server.endpoint)?.port)
            let replica = try Replica(server, prefix: Replica.newPrefix())
            let machine = try Machine([])
            try machine.configure(
                replica.configuration([
                    "endpoint": "http://s3.example.test:\(port)", "addressing": "path",
                ]))
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(100_000), to: "a.jpg")

            let made = try await machine.run(
                "init", "--kdf-strength", "interactive", environment: Machine.withPassword, launcher: launcher
            )
            #expect(made.exitCode == 0, "\(made)")
            let archived = try await machine.run(
                "archive", shoot.text, "--as", "Shoot", "--json",
                launcher: launcher)
            #expect(archived.exitCode == 0, "\(archived)")
            #expect(try await replica.objects().count > 3)

            // The name that the tests give it is none elsewhere, so that it was found through the second server.
            let outside = try await machine.run("doctor", "--json")
            #expect(outside.exitCode == 1 && outside.output.contains("s3.example.test"), "\(outside)")
        }
    }
}
