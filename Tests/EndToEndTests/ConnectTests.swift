import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// A second machine, which knows one provider and the password, finds everything else in the vault.
    @Suite struct ConnectTests {
        private let replicas: [Replica]
        private let machine: Machine
        private let words: String
        private let original: FolderRecord

        init() async throws {
            let vault = try await ShootVault()
            (replicas, machine) = (vault.replicas, vault.machine)
            (words, original) = (vault.words, vault.original)
        }

        private func connect(
            _ machine: Machine, by replica: Replica, _ options: String..., environment: [String: String],
            exitCode: Int32 = 0, _ sourceLocation: SourceLocation = #_sourceLocation
        ) async throws -> ProgramRun {
            let run = await machine.finish(
                try machine.start(
                    ["connect", "--json"] + replica.entrance + options,
                    environment: replica.awsEnvironment.merging(environment) { $1 }))
            #expect(run.exitCode == exitCode, "\(run)", sourceLocation: sourceLocation)
            return run
        }

        @Test(arguments: 0..<3)
        func aNewMachineBacksUpAndRestoresAtOnce(reachedBy place: Int) async throws {
            let other = try Machine.unconfigured(replicas)
            let run = try await connect(other, by: replicas[place], environment: Machine.withPassword)
            #expect(run.summary["providers"] as? [String] == replicas.map(\.name))
            #expect(run.summary["collections"] as? [String] == ["Shoot"])
            #expect(run.summary["credentials_missing"] as? [String] == [])
            var status = stat()
            #expect(stat(other.configurationFile, &status) == 0 && status.st_mode & 0o777 == 0o600)

            // Nothing is in the environment from here on. All of them are known to be whole, and not the entrance alone.
            let told = try await other.run("status")
            #expect(told.exitCode == 0 && !told.output.contains("not whole"), "\(told)")
            for replica in replicas { try await other.expectRestore(of: original, "--from", replica.name) }
            let more = try other.scratch.folder("more")
            try more.write([4, 5, 6], to: "b.jpg")
            let added = try FolderRecord(more.text)
            let archived = try await other.run("archive", more.text, "--as", "More", "--json")
            #expect(archived.exitCode == 0, "\(archived)")
            #expect(try await other.run("verify", "--level", "decrypt").exitCode == 0)
            let destination = machine.scratch("out")
            #expect(try await machine.run("restore", "More", "--to", destination).exitCode == 0)
            #expect(try FolderRecord("\(destination)/more").differences(from: added) == [])
            // What it wrote says the same of the providers as the vault did.
            for replica in replicas { #expect(try await replica.objects("providers/").count == 1) }
        }

        @Test func theWordsConnectToo() async throws {
            let other = try Machine.unconfigured(replicas)
            _ = try await connect(
                other, by: replicas[1], environment: ["PHOTOBACKUP_RECOVERY_PHRASE": words.uppercased()])
            try await other.expectRestore(of: original)
            // And nobody is asked for them where there is no terminal.
            let third = try Machine.unconfigured(replicas)
            let run = try await connect(
                third, by: replicas[1], "--words", environment: Machine.withPassword, exitCode: 1)
            #expect(run.output.contains("PHOTOBACKUP_RECOVERY_PHRASE"), "\(run)")
            _ = try await connect(
                third, by: replicas[1], "--words", "--no-device-key",
                environment: ["PHOTOBACKUP_RECOVERY_PHRASE": words])
            #expect(try await third.run("snapshots").exitCode == 1)
        }

        @Test func aWrongPasswordOrPlaceLeavesNothing() async throws {
            let other = try Machine.unconfigured(replicas)
            _ = try await connect(
                other, by: replicas[0], environment: ["PHOTOBACKUP_PASSWORD": "wrong"], exitCode: 12)
            let empty = try Replica(replicas[0].server, prefix: Replica.newPrefix())
            _ = try await connect(other, by: empty, environment: Machine.withPassword, exitCode: 10)
            let refused = try await other.run("connect", "--path", "relative", "--bucket", "b")
            #expect(refused.exitCode == 64, "\(refused)")
            let nothing = try await other.run("connect", environment: Machine.withPassword)
            #expect(nothing.exitCode == 64 && nothing.error.contains("--path DIRECTORY"), "\(nothing)")
            let dry = try await connect(other, by: replicas[0], "-n", environment: Machine.withPassword)
            #expect(dry.summary["collections"] as? [String] == ["Shoot"])
            #expect(!FileManager.default.fileExists(atPath: other.configurationFile))
        }

        @Test func aConfigurationThatIsThereStays() async throws {
            let text = "# mine\n"
            let other = try Machine(replicas, configuration: text)
            _ = try await connect(other, by: replicas[0], environment: Machine.withPassword, exitCode: 78)
            #expect(try String(contentsOfFile: other.configurationFile, encoding: .utf8) == text)
            _ = try await connect(other, by: replicas[0], "--force", environment: Machine.withPassword)
            try await other.expectRestore(of: original)
        }

        @Test func aPlaceAndKeysAreGivenAsTheHintsSay() async throws {
            let other = try Machine.unconfigured(replicas)
            let server = replicas[2].server
            let place = [
                "connect", "--endpoint", server.endpoint, "--region", server.region, "--bucket",
                server.bucket, "--prefix", replicas[2].prefix,
            ]
            func run(_ words: [String], _ environment: [String: String] = [:]) async throws -> ProgramRun {
                try await other.finish(
                    other.start(words, environment: Machine.withPassword.merging(environment) { $1 }))
            }
            let nowhere = try await run(["connect"])
            #expect(
                nowhere.gives(hint: "give --endpoint, --region and --bucket, or --path DIRECTORY"),
                "\(nowhere)")
            let keyless = try await run(place)
            #expect(
                keyless.gives(hint: "give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
                "\(keyless)")
            let keys = [
                "AWS_ACCESS_KEY_ID": server.accessKeyID, "AWS_SECRET_ACCESS_KEY": server.secretAccessKey,
            ]
            let connected = try await run(place, keys)
            #expect(connected.exitCode == 0, "\(connected)")
            let taken = try await run(place, keys)
            #expect(taken.gives(hint: "name another with --config, or replace it with --force"), "\(taken)")
            let beside = try await run(place + ["--config", other.scratch("other.toml")], keys)
            let instead = try await run(place + ["--force"], keys)
            #expect(beside.exitCode == 0 && instead.exitCode == 0, "\(beside)\(instead)")
        }

        @Test func withoutStoredCredentialsItSaysWhatToSet() async throws {
            try machine.configure("store_credentials = false\n\n" + replicas.configuration())
            try await machine.archive(try machine.scratch.folder("shoot"))
            let other = try Machine.unconfigured(replicas)
            let run = try await connect(other, by: replicas[2], environment: Machine.withPassword)
            #expect(run.summary["credentials_missing"] as? [String] == replicas.map(\.name))
            let text = try String(contentsOfFile: other.configurationFile, encoding: .utf8)
            for replica in replicas { #expect(!text.contains(replica.server.secretAccessKey)) }
            let environment = replicas.reduce(into: [String: String]()) { environment, replica in
                let prefix = "PHOTOBACKUP_\(replica.name.uppercased())"
                environment["\(prefix)_ACCESS_KEY_ID"] = replica.server.accessKeyID
                environment["\(prefix)_SECRET_ACCESS_KEY"] = replica.server.secretAccessKey
            }
            try await other.expectRestore(of: original, environment: environment)
        }

        /// moto, which takes any token, with credentials that end; SeaweedFS with some of its own for pruning.
        @Test func neitherTemporaryCredentialsNorThoseOfPruneComeIntoTheList() async throws {
            let aws = try machine.scratch.folder("home/.aws")
            try aws.write(
                Array("[admin]\naws_access_key_id = A\naws_secret_access_key = key-that-prunes\n".utf8),
                to: "credentials")
            _ = try check("chmod", chmod("\(aws.text)/credentials", 0o600))
            let (lasting, ending) = (replicas[0], replicas[2])
            try machine.configure(
                lasting.configuration(["prune_profile": "admin"]) + replicas[1].configuration()
                    + ending.configuration(["access_key_id": "", "secret_access_key": ""]))
            let temporary = [
                "PHOTOBACKUP_MOTO_ACCESS_KEY_ID": ending.server.accessKeyID,
                "PHOTOBACKUP_MOTO_SECRET_ACCESS_KEY": ending.server.secretAccessKey,
                "PHOTOBACKUP_MOTO_SESSION_TOKEN": "token-that-ends",
            ]
            let folder = try machine.scratch.folder("shoot")
            let stored = try await machine.run(
                "archive", folder.text, "--as", "Shoot", environment: temporary)
            #expect(stored.exitCode == 0, "\(stored)")
            let other = try Machine.unconfigured(replicas)
            let run = try await connect(other, by: lasting, environment: Machine.withPassword)
            #expect(run.summary["credentials_missing"] as? [String] == [ending.name])
            let text = try String(contentsOfFile: other.configurationFile, encoding: .utf8)
            #expect(text.contains(lasting.server.secretAccessKey))
            for secret in ["key-that-prunes", "token-that-ends", ending.server.secretAccessKey] {
                #expect(!text.contains(secret))
            }
        }

        @Test func theListFollowsTheConfiguration() async throws {
            let disk = try machine.scratch.folder("disk")
            let shelf = "[[provider]]\nname = \"shelf\"\npath = \"\(disk.text)\"\n"
            try machine.configure(replicas.configuration() + "\n" + shelf)
            #expect(try await machine.run("provider", "add", "shelf").exitCode == 0)
            for replica in replicas { #expect(try await replica.objects("providers/").count == 2) }
            #expect(try await machine.run("verify").exitCode == 0)

            // A machine that goes on with three is no reason to write it anew, run after run.
            let other = try Machine(replicas)
            let shoot = try other.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            for _ in 0..<3 {
                let run = await other.finish(
                    try other.start(
                        ["archive", shoot.text, "--as", "Shoot", "--json"], environment: Machine.withPassword)
                )
                #expect(run.exitCode == 0, "\(run)")
                try await machine.archive(try machine.scratch.folder("shoot"))
            }
            for replica in replicas { #expect(try await replica.objects("providers/").count == 3) }
        }

        @Test func aDiskAtAnotherPlaceIsTheOneInTheList() async throws {
            let machine = try Machine([])
            let bucket = try Replica(replicas[0].server, prefix: Replica.newPrefix())
            let disk = try machine.scratch.folder("disk")
            try machine.configure(
                bucket.configuration() + "\n[[provider]]\nname = \"shelf\"\npath = \"\(disk.text)\"\n")
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)

            let other = try Machine.unconfigured(replicas)
            let moved = other.scratch("media")
            try FileManager.default.moveItem(atPath: disk.text, toPath: moved)
            let run = try await other.run(
                "connect", "--path", moved, "--json", environment: Machine.withPassword)
            #expect(run.exitCode == 0, "\(run)")
            #expect(run.summary["providers"] as? [String] == [bucket.name, "shelf"])
            for name in [bucket.name, "shelf"] {
                try await other.expectRestore(of: original, "--from", name)
            }
        }

        @Test func theListIsVerifiedAndHealed() async throws {
            let name = try #require(try await replicas[1].objects("providers/").keys.first)
            try await replicas[1].delete(name)
            #expect(try await machine.run("verify").exitCode == 5)
            // Also by who has no key: the snapshot names it.
            let auditor = try Machine(replicas)
            #expect(try await auditor.run("heal", "--keyless").exitCode == 0)
            #expect(try await machine.run("verify", "--level", "read").exitCode == 0)
            try await replicas[0].write([1, 2, 3], to: name)
            #expect(try await machine.run("verify", "--level", "read").exitCode == 5)
            #expect(try await machine.run("heal").exitCode == 0)
            let other = try Machine.unconfigured(replicas)
            _ = try await connect(other, by: replicas[0], environment: Machine.withPassword)
        }

        @Test func noCredentialsAreReadableAtAProvider() async throws {
            for replica in replicas {
                for name in try await replica.objects().keys {
                    let bytes = Data(try await replica.read(name))
                    for secret in replicas.flatMap({ [$0.server.secretAccessKey, $0.server.accessKeyID] }) {
                        #expect(bytes.range(of: Data(secret.utf8)) == nil, "a credential is in \(name)")
                    }
                }
            }
        }
    }
}

extension Machine {
    var configurationFile: String { scratch("home/.config/photobackup/config.toml") }

    /// A new machine, which knows nothing yet.
    static func unconfigured(_ replicas: [Replica]) throws -> Machine {
        let machine = try Machine(replicas)
        try FileManager.default.removeItem(atPath: machine.scratch("home/.config"))
        return machine
    }
}

extension Replica {
    /// What `connect` is told of it.
    fileprivate var entrance: [String] {
        [
            "--endpoint", server.endpoint, "--region", server.region, "--bucket", server.bucket, "--prefix",
            prefix,
        ]
    }

    fileprivate var awsEnvironment: [String: String] {
        ["AWS_ACCESS_KEY_ID": server.accessKeyID, "AWS_SECRET_ACCESS_KEY": server.secretAccessKey]
    }
}
