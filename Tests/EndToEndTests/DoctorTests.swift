import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// What the doctor says of a set-up, good and bad.
    @Suite struct DoctorTests {
        private let replicas: [Replica]
        private let machine: Machine

        init() async throws {
            replicas = try Replica.onThreeServers()
            machine = try Machine(replicas)
        }

        private func examine(exitCode: Int32) async throws -> [[String: String]] {
            let run = try await machine.run("doctor", "--json")
            #expect(run.exitCode == exitCode, "\(run)")
            return run.messages.filter { $0["message_type"] as? String == "finding" }
                .map { $0.compactMapValues { $0 as? String } }
        }

        private func configure(_ changes: [String: String] = [:], sources: String) throws {
            try machine.configure(
                """
                \(replicas[0].configuration(changes))
                \(replicas[1].configuration())
                \(replicas[2].configuration())
                [[collection]]
                name = "Shoot"
                sources = ["\(sources)"]
                """)
        }

        @Test func aGoodSetUpHasNoProblem() async throws {
            let before = try await examine(exitCode: 0)
            #expect(
                before.contains {
                    $0["subject"] == "vault" && $0["text"]?.contains("no vault is there") ?? false
                })
            let shoot = try machine.scratch.folder("shoot")
            try configure(sources: shoot.text)
            _ = try await machine.initialise()
            #expect(try await machine.run("provider", "probe").exitCode == 0)
            let after = try await examine(exitCode: 0)
            for subject in ["configuration", "state folder", "collection Shoot", "vault"] {
                #expect(
                    after.contains { $0["subject"] == subject && $0["level"] == "good" },
                    "\(subject): \(after)")
            }
            for replica in replicas {
                #expect(after.contains { $0["subject"] == "credentials of \(replica.name)" })
                #expect(
                    after.contains {
                        $0["subject"] == "provider \(replica.name)"
                            && $0["text"] == "answers, and holds a vault"
                    })
            }
            // moto lets anybody in, and the probe has said so.
            #expect(
                after.contains { $0["subject"] == "provider moto" && $0["level"] == "advice" }, "\(after)")
            #expect(after.contains { $0["subject"] == "schedule" && $0["level"] == "advice" })
            #expect(
                after.contains { $0["subject"] == "emergency kit" }
                    && after.contains { $0["subject"] == "drill" })
            #expect(!after.contains { $0["level"] == "problem" || $0["subject"] == "clock" }, "\(after)")
        }

        @Test func whatIsWrongIsNamed() async throws {
            _ = try await machine.initialise()
            _ = try await machine.run("lock")
            try configure(["secret_access_key": "wrong"], sources: "/not/mounted")
            let findings = try await examine(exitCode: 1)
            let problems = findings.filter { $0["level"] == "problem" }
            #expect(problems.contains { $0["subject"] == "collection Shoot" }, "\(findings)")
            #expect(problems.contains { $0["subject"] == "provider \(replicas[0].name)" }, "\(findings)")
            #expect(
                findings.contains {
                    $0["subject"] == "vault" && $0["hint"]?.contains("photobackup unlock") ?? false
                },
                "\(findings)")
        }

        /// What `status` would end with 5 or 4 for.
        @Test func whatStatusFindsIsAProblem() async throws {
            let machine = try await Machine.onFolders()
            func findings() async throws -> (exitCode: Int32, level: [String]) {
                let run = try await machine.run("doctor", "--json")
                let levels = run.messages.filter { $0["subject"] as? String == "replica a" }
                    .compactMap { $0["level"] as? String }
                return (run.exitCode, levels)
            }
            #expect(try await findings() == (0, []))
            let packs = machine.scratch("replica-a/packs")
            let pack = try #require(
                try FileManager.default.subpathsOfDirectory(atPath: packs).map { "\(packs)/\($0)" }
                    .first { FileManager.default.contents(atPath: $0)?.isEmpty == false })
            try FileManager.default.removeItem(atPath: pack)
            #expect(try await machine.run("verify").exitCode == 5)
            #expect(try await machine.run("status").exitCode == 5)
            #expect(try await findings() == (1, ["problem"]))
            // As the hint says.
            #expect(try await machine.run("heal").exitCode == 0)
            #expect(try await findings() == (0, []))

            let away = machine.scratch("away")
            try FileManager.default.moveItem(atPath: machine.scratch("replica-a"), toPath: away)
            try machine.scratch.folder("shoot").write(randomBytes(700), to: "late.raw")
            #expect(try await machine.run("backup").exitCode == 4)
            try FileManager.default.moveItem(atPath: away, toPath: machine.scratch("replica-a"))
            #expect(try await machine.run("status").exitCode == 4)
            #expect(try await findings() == (0, ["advice"]))
            #expect(try await machine.run("backup").exitCode == 0)
            #expect(try await findings() == (0, []))
        }

        @Test func aConfigurationThatCannotBeReadIsTheFirstThingToMend() async throws {
            try machine.configure("[[provider]]\nnam = 1\n")
            let findings = try await examine(exitCode: 78)
            #expect(findings.count == 1 && findings[0]["subject"] == "configuration", "\(findings)")
        }

        /// However many providers have their keys in it, and however often it is looked at.
        @Test func aFileThatOthersMayReadIsSaidOnce() async throws {
            let keys = replicas.map { replica in
                """
                [\(replica.name)]
                aws_access_key_id = \(replica.server.accessKeyID)
                aws_secret_access_key = \(replica.server.secretAccessKey)

                """
            }
            let file = machine.scratch("credentials")
            try keys.joined().write(toFile: file, atomically: true, encoding: .utf8)
            _ = try check("chmod", chmod(file, 0o644))
            try machine.configure(
                replicas.map {
                    $0.configuration(["access_key_id": "", "secret_access_key": "", "profile": $0.name])
                }.joined(separator: "\n"))
            for arguments in [["doctor"], ["provider", "probe"]] {
                let run = await machine.finish(
                    try machine.start(arguments, environment: ["AWS_SHARED_CREDENTIALS_FILE": file]))
                #expect(run.exitCode == 0, "\(run)")
                #expect(run.error.components(separatedBy: "can be read by others").count == 2, "\(run)")
            }
        }

        @Test func aClockThatIsWrongIsNamed() async throws {
            _ = try await machine.initialise()
            let proxy = try FaultProxy(to: replicas[0].server) { _, _ in
                .changed { answer in
                    answer.headers.removeAll { $0.name.lowercased() == "date" }
                    answer.headers.append((name: "Date", value: "Sun, 06 Nov 1994 08:49:37 GMT"))
                }
            }
            try machine.configure(replicas.configuration(reaching: [0: proxy.endpoint]))
            let findings = try await examine(exitCode: 1)
            #expect(
                findings.contains { finding in
                    finding["subject"] == "clock"
                        && finding["text"]?.contains("behind this machine's") ?? false
                }, "\(findings)")
            // With clocks that agree it is said no more.
            try machine.configure(replicas.configuration())
            #expect(try await examine(exitCode: 0).allSatisfy { $0["subject"] != "clock" })
        }
    }
}
