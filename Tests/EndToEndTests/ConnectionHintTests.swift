import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// What is advised where no answer comes from the provider: a wrong address, a proxy, a certificate.
    @Suite struct ConnectionHintTests {
        struct Way: Sendable {
            let hint: String
            let server: String
            var wrong: [String: String] = [:]
            var environment: [String: String] = [:]
            /// What is added to the environment for the cure; nil takes out what was wrong there.
            var cure: [String: String]?
        }

        @Test func theRightWayIsTaken() async throws {
            let tls = try Servers.named("rclone-tls").endpoint
            let moto = try Servers.named("moto").endpoint
            let refusing = try ScriptedServer { _, _ in .answer(403) }
            let breaking = try ScriptedServer { _, _ in .raw("", reset: true) }
            let asking = try FaultProxy(to: Servers.named("moto")) { _, request in
                request["proxy-authorization"] == nil ? .answer(.answer(407)) : .none
            }
            let ways = [
                Way(
                    hint: "write https:// in endpoint (…)", server: "rclone-tls",
                    wrong: ["endpoint": tls.replacing("https:", with: "http:"), "ca_file": ""]),
                Way(
                    hint: "check that … speaks https", server: "moto",
                    wrong: ["endpoint": moto.replacing("http:", with: "https:")]),
                Way(
                    hint:
                        "if that goes on, check that … is the S3 address, and http or https as it should be",
                    server: "moto", wrong: ["endpoint": breaking.endpoint]),
                Way(
                    hint: "correct ca_file, which names …", server: "rclone-tls",
                    wrong: ["ca_file": "/nowhere/ca.pem"]),
                Way(
                    hint: "look at … in the environment, or ask whoever runs the proxy", server: "rclone-tls",
                    environment: ["https_proxy": refusing.endpoint], cure: ["no_proxy": "127.0.0.1"]),
                Way(
                    hint: "look at … in the environment", server: "rclone-tls",
                    environment: ["https_proxy": "http://nosuch.invalid:1"]),
                Way(
                    hint: "write them into https_proxy or http_proxy as http://USER:PASSWORD@HOST:PORT",
                    server: "moto", environment: ["http_proxy": asking.endpoint],
                    cure: ["http_proxy": asking.endpoint.replacing("//", with: "//ada:secret@")]),
            ]
            for way in ways {
                let replica = try Replica(Servers.named(way.server), prefix: Replica.newPrefix())
                let machine = try Machine([replica], configuration: replica.configuration(way.wrong))
                func initialise(_ environment: [String: String]) async throws -> ProgramRun {
                    await
                        (try machine.start(
                            ["init", "--kdf-strength", "interactive"],
                            environment: Machine.withPassword.merging(environment) { $1 }
                        )).finish()
                }
                let refused = try await initialise(way.environment)
                #expect(refused.exitCode == 1 && refused.gives(hint: way.hint), "\(way.hint): \(refused)")
                try machine.configure(replica.configuration())
                let done = try await initialise(
                    way.cure.map { way.environment.merging($0) { $1 } } ?? [:])
                #expect(done.exitCode == 0, "\(way.hint): \(done)")
            }
        }
    }
}
