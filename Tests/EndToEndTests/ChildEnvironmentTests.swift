import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// What programs find in their environment that this one starts, and what is left to see of its own.
    @Suite struct ChildEnvironmentTests {
        /// One of each kind, with a value that nothing else has.
        private static let secrets = [
            "PHOTOBACKUP_NEW_PASSWORD": "value-new-password",
            "PHOTOBACKUP_SHARE_PASSWORD": "value-share-password",
            "PHOTOBACKUP_PASSWORD_COMMAND": "echo '\(Machine.password)'",
            "PHOTOBACKUP_ONE_ACCESS_KEY_ID": "value-id", "PHOTOBACKUP_ONE_SECRET_ACCESS_KEY": "value-key",
            "PHOTOBACKUP_ONE_SESSION_TOKEN": "value-token",
            "AWS_ACCESS_KEY_ID": "value-aws-id", "AWS_SECRET_ACCESS_KEY": "value-aws-key",
            "AWS_SESSION_TOKEN": "value-aws-token", "AWS_SECURITY_TOKEN": "value-aws-token-of-old",
        ]
        private static let harmless = ["PHOTOBACKUP_TEST_MARK": "mark", "AWS_PROFILE": "somebody"]

        private func expectNoSecret(in text: String, but kept: [String] = []) {
            for (name, value) in Self.secrets where !kept.contains(name) {
                #expect(!text.contains(value), "\(name) is there")
            }
            #expect(!text.contains(Machine.password))
        }

        /// Hooks, whoever is told, and a bucket's command; each of them writes down what it finds.
        @Test func noCommandOfTheConfigurationInheritsASecret() async throws {
            let unattended = try await UnattendedMachine()
            func noting(_ name: String) -> String { "env >'\(unattended.path("\(name).env"))'" }
            try unattended.configure(
                """
                [hooks]
                before = "\(noting("before")); cat /proc/$PPID/environ >'\(unattended.path("own"))'"
                after = "\(noting("after"))"
                [notify]
                command = "\(noting("notify"))"
                """)
            let environment = Self.secrets.merging(Self.harmless) { $1 }
                .merging(["PHOTOBACKUP_PASSWORD": Machine.password]) { $1 }
            let run = try await unattended.machine.run("backup", environment: environment)
            #expect(run.exitCode == 0, "\(run)")
            for name in ["before", "after", "notify"] {
                let text = try unattended.text("\(name).env")
                expectNoSecret(in: text)
                for (name, value) in Self.harmless { #expect(text.contains("\(name)=\(value)")) }
            }
            // As anybody sees it who may, the names are there and nothing behind them.
            let own = String(
                decoding: try Data(contentsOf: URL(filePath: unattended.path("own"))), as: UTF8.self)
            #expect(own.contains("PHOTOBACKUP_TEST_MARK=mark") && own.contains("PHOTOBACKUP_PASSWORD=\0"))
            expectNoSecret(in: own)
        }

        /// A command that fetches a secret may need the keys of AWS for that, and nothing of this program's.
        @Test func commandsThatFetchSecretsHaveTheKeysOfAWSAlone() async throws {
            let unattended = try await UnattendedMachine()
            let other = try Machine([], configuration: "")
            try other.configure(
                """
                password_command = "env >'\(other.scratch("password.env"))'; echo '\(Machine.password)'"
                [[provider]]
                name = "one"
                path = "\(unattended.path("one"))"
                [[provider]]
                name = "bucket"
                endpoint = "http://127.0.0.1:9"
                region = "r"
                bucket = "photos"
                credentials_command = "env >'\(other.scratch("keys.env"))'; exit 1"
                """)
            var environment = Self.secrets.merging(Self.harmless) { $1 }
            environment["PHOTOBACKUP_PASSWORD_COMMAND"] = nil
            _ = try await other.run("snapshots", environment: environment)
            for name in ["password", "keys"] {
                let text = try String(contentsOfFile: other.scratch("\(name).env"), encoding: .utf8)
                let ofAWS = Self.secrets.keys.filter { $0.hasPrefix("AWS_") }
                for name in ofAWS { #expect(text.contains("\(name)=\(Self.secrets[name]!)\n")) }
                expectNoSecret(in: text, but: ofAWS)
            }
        }

        /// The program's own calls of others, which are looked up like any command.
        @Test func noProgramOfTheSystemInheritsASecret() async throws {
            let unattended = try await UnattendedMachine()
            let folder = try unattended.machine.scratch.folder("bin")
            try folder.write(
                Array("#!/bin/sh\nenv >>'\(unattended.path("crontab.env"))'\nexit 0\n".utf8), to: "crontab")
            _ = try check("chmod", chmod("\(folder.text)/crontab", 0o755))
            let environment = Self.secrets.merging(["PATH": "\(folder.text):/usr/bin:/bin"]) { $1 }
            let run = try await unattended.machine.run(
                "schedule", "install", "--cron", "--daily", "02:30", environment: environment)
            #expect(run.exitCode == 0, "\(run)")
            let text = try unattended.text("crontab.env")
            #expect(text.contains("PATH=\(folder.text)"))
            expectNoSecret(in: text)
        }

        /// Another process of the same user, as a hook is one, can look neither into its memory nor at its environment.
        @Test(.enabled(if: geteuid() == 0, "root alone can become another user"))
        func noOtherProcessOfTheUserLooksInside() async throws {
            let unattended = try await UnattendedMachine()
            let script = """
                for file in environ mem maps; do
                  if head -c 1 /proc/$PPID/$file >/dev/null 2>&1; then echo $file; fi
                done >'\(unattended.path("seen"))'
                for file in environ maps; do
                  if head -c 1 /proc/$$/$file >/dev/null 2>&1; then echo own $file; fi
                done >>'\(unattended.path("seen"))'
                """
            try unattended.configure("[hooks]\nbefore = '''\n\(script)\n'''\n")
            _ = try check(
                "chown",
                system(
                    "chown -R 65534:65534 '\(unattended.path("."))' && chmod 755 '\(unattended.path("."))'"))
            let run = try await unattended.machine.run(
                "backup", launcher: ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
            #expect(run.exitCode == 0, "\(run)")
            // What a hook may see is its own: the look itself works.
            #expect(try unattended.text("seen") == "own environ\nown maps\n")
        }
    }
}
