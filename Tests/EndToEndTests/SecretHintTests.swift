import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// What is advised about passwords, keys and the files that hold them is done, and the vault opens.
    @Suite struct SecretHintTests {
        private static let keys = #"{"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": "SK"}"#

        /// moto takes any keys: what counts is whether there are some.
        @Test func credentialsAreFound() async throws {
            let replica = try Replica(Servers.named("moto"), prefix: Replica.newPrefix())
            let machine = try await Machine.withVault(on: [replica])
            _ = try machine.scratch.folder("home/.aws")
            _ = try machine.scratch.folder("bin")
            try machine.write("#!/bin/sh\necho '\(Self.keys)'\n", to: "bin/aws")
            _ = try check("chmod", chmod(machine.scratch("bin/aws"), 0o755))
            for trial in Self.credentials(replica) { try await trial.run(on: machine) }
        }

        private static func configured(_ replica: Replica, _ more: String) -> HintTrial.Step {
            {
                try $0.configure(
                    replica.configuration(["access_key_id": "", "secret_access_key": ""]) + more)
            }
        }

        private static func credentials(_ replica: Replica) -> [HintTrial] {
            @Sendable func command(_ text: String) -> HintTrial.Step {
                configured(replica, "credentials_command = '''\(text)'''\n")
            }
            let profile = configured(replica, "profile = \"mine\"\n")
            return [
                HintTrial(
                    "give it a profile, or set …_ACCESS_KEY_ID and _SECRET_ACCESS_KEY", "status",
                    cures: "status",
                    before: configured(replica, ""),
                    remedy: { machine in
                        try await profile(machine)
                        try machine.write(
                            "[mine]\naws_access_key_id = AK\naws_secret_access_key = SK\n",
                            to: "home/.aws/credentials")
                        _ = try check("chmod", chmod(machine.scratch("home/.aws/credentials"), 0o600))
                    }),
                HintTrial(
                    "write aws_access_key_id and aws_secret_access_key there, or: aws configure --profile …",
                    "status", cures: "status",
                    before: { try $0.write("[mine]\n", to: "home/.aws/credentials") },
                    remedy: {
                        try $0.write(
                            "[mine]\naws_access_key_id = AK\naws_secret_access_key = SK\n",
                            to: "home/.aws/credentials")
                    }),
                HintTrial(
                    "credentials_command = \"aws configure export-credentials --profile …\" in place of profile gets them",
                    "status", cures: "status",
                    before: { machine in
                        try machine.write("", to: "home/.aws/credentials")
                        try machine.write("[profile mine]\nrole_arn = arn:x\n", to: "home/.aws/config")
                    },
                    remedy: { machine in
                        // The program aws, as far as it is asked here.
                        try await command(
                            "PATH=\(machine.scratch("bin")):$PATH; aws configure export-credentials --profile mine"
                        )(machine)
                    }),
                HintTrial(
                    "or name the command as credentials_command of the provider", "status", cures: "status",
                    before: { machine in
                        try machine.write(
                            "[profile mine]\ncredential_process = echo 'no end\n", to: "home/.aws/config")
                        try await profile(machine)
                    }, remedy: command("echo '\(keys)'")),
                HintTrial(
                    "credential_process and credentials_command print {\"Version\": 1, \"AccessKeyId\": \"…\", \"SecretAccessKey\": \"…\"}",
                    "status", cures: "status", before: command("echo hello"),
                    remedy: command("echo '\(keys)'")),
                HintTrial(
                    "run the command in a shell to see what it says", "status", cures: "status",
                    before: command("echo no such key >&2; exit 3"), remedy: command("echo '\(keys)'")),
                HintTrial(
                    "if nobody has changed it: let the file and its folders be yours, and chmod go-w them",
                    "status", cures: "status",
                    before: { _ = try check("chmod", chmod($0.configurationFile, 0o666)) },
                    remedy: { _ = try check("chmod", chmod($0.configurationFile, 0o644)) }),
                HintTrial(
                    "chmod 600 '…'", "status", cures: "status",
                    before: { machine in
                        try machine.configure(replica.configuration())
                        _ = try check("chmod", chmod(machine.configurationFile, 0o644))
                    },
                    remedy: { machine in _ = try check("chmod", chmod(machine.configurationFile, 0o600)) }),
            ]
        }

        @Test func halfAPairIsMadeWhole() async throws {
            let replica = try Replica(Servers.named("moto"), prefix: Replica.newPrefix())
            let machine = try await Machine.withVault(on: [replica])
            try await Self.configured(replica, "")(machine)
            let half = ["PHOTOBACKUP_MOTO_ACCESS_KEY_ID": "AK"]
            let refused = try await machine.run("status", environment: half)
            #expect(
                refused.gives(hint: "…ACCESS_KEY_ID and …SECRET_ACCESS_KEY belong together"), "\(refused)")
            let whole = try await machine.run(
                "status", environment: half.merging(["PHOTOBACKUP_MOTO_SECRET_ACCESS_KEY": "SK"]) { $1 })
            #expect(whole.exitCode == 0, "\(whole)")
        }

        @Test func passwordsAndStateAreFound() async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            try await machine.archive(shoot)
            try machine.write(Machine.password, to: "password")
            _ = try check("chmod", chmod(machine.scratch("password"), 0o600))
            for trial in Self.state { try await trial.run(on: machine) }
            #expect(try await machine.run("lock").exitCode == 0)
            for trial in Self.passwords { try await trial.run(on: machine) }
        }

        private static let passwords: [HintTrial] = [
            HintTrial(
                "set …, or give --password-file, or password_command in the configuration", "snapshots",
                cures: "snapshots --password-file @password", environment: [:]),
            HintTrial(
                "name a file that holds the password alone", "snapshots --password-file @none",
                cures: "snapshots --password-file @password", environment: [:]),
            HintTrial(
                "name what holds the secret alone", "snapshots --password-file @long",
                cures: "snapshots --password-file @password",
                before: { machine in
                    try machine.write(String(repeating: "x", count: 70_000), to: "long")
                    _ = try check("chmod", chmod(machine.scratch("long"), 0o600))
                }, environment: [:]),
            HintTrial(
                "put the secret there, or give none there: it is asked for then",
                "snapshots --password-file @long", cures: "snapshots --password-file @long",
                before: { try $0.write("", to: "long") },
                remedy: { machine in try machine.write(Machine.password, to: "long") }, environment: [:]),
            HintTrial(
                "chmod 600 '…', and change the password if anybody has read it",
                "snapshots --password-file @long", cures: "snapshots --password-file @long",
                before: { machine in _ = try check("chmod", chmod(machine.scratch("long"), 0o644)) },
                remedy: { machine in _ = try check("chmod", chmod(machine.scratch("long"), 0o600)) },
                environment: [:]),
        ]

        private static let state: [HintTrial] = [
            HintTrial(
                "the state folder can be chosen with `state` in the configuration",
                "archive @shoot --as Shoot",
                cures: "archive @shoot --as Shoot",
                before: { machine in
                    try machine.write("", to: "file")
                    try machine.configureDisks(top: "state = \"\(machine.scratch("file"))\"")
                },
                remedy: { try $0.configureDisks(top: "state = \"\($0.scratch("elsewhere"))\"") },
                after: { try $0.configureDisks() }),
            HintTrial(
                "leave --signing-key out, or give the pinned one: …",
                "verify --keyless --signing-key \(String(repeating: "ab", count: 32))",
                told: {
                    [
                        "verify --keyless",
                        "verify --keyless --signing-key \(try $0.told(after: "the pinned one: "))",
                    ]
                }),
        ]

        @Test func theWordsOpenWhatThePasswordDoesNot() async throws {
            let replica = try Replica(Servers.named("moto"), prefix: Replica.newPrefix())
            let machine = try Machine([replica])
            let words = try await machine.initialise()
            #expect(try await machine.run("lock").exitCode == 0)
            let wrong = try await machine.run("snapshots", environment: ["PHOTOBACKUP_PASSWORD": "wrong"])
            #expect(
                wrong.gives(
                    hint: "with the 24 recovery words in PHOTOBACKUP_RECOVERY_PHRASE it opens without it"),
                "\(wrong)")
            let others = try await Machine([Replica(replica.server, prefix: Replica.newPrefix())])
                .initialise()
            let foreign = try await machine.run(
                "snapshots", environment: ["PHOTOBACKUP_RECOVERY_PHRASE": others])
            #expect(foreign.gives(hint: "check that they are those of vault …"), "\(foreign)")
            let right = try await machine.run(
                "snapshots", environment: ["PHOTOBACKUP_RECOVERY_PHRASE": words])
            #expect(right.exitCode == 0, "\(right)")
        }
    }
}
