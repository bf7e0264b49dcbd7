import Foundation
import Testing

extension EndToEnd {
    /// What opens a vault, what does not, and where secrets never are.
    @Suite struct SecretTests {
        @Test func aWrongPasswordIs12() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            try await machine.archive(shoot)
            let before = try await replicas[0].objects()
            // On a machine without a key of its own, and on one that has it: what is given is checked.
            for machine in [try Machine(replicas), machine] {
                for command in [
                    ["restore", "Shoot", "--to", machine.scratch("out")],
                    ["archive", shoot.text, "--as", "X"],
                ] {
                    let run = await machine.finish(
                        try machine.start(command, environment: ["PHOTOBACKUP_PASSWORD": "a wrong guess"]))
                    #expect(run.exitCode == 12, "\(run)")
                    #expect(run.error.contains("the password does not open this vault\nhint: "), "\(run)")
                    #expect(!run.error.contains("a wrong guess"))
                }
                #expect(!FileManager.default.fileExists(atPath: machine.scratch("out")))
            }
            #expect(try await replicas[0].objects() == before)
        }

        @Test func noPasswordWhereNobodyCanBeAsked() async throws {
            let replicas = try Replica.onThreeServers()
            _ = try await Machine.withVault(on: replicas)
            let other = try Machine(replicas)
            let run = try await other.run("snapshots")
            #expect(run.exitCode == 1, "\(run)")
            #expect(run.error.contains("\nhint: set PHOTOBACKUP_PASSWORD"), "\(run)")
        }

        @Test func theWordsOpenTheVaultOnAnotherMachine() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try Machine(replicas)
            let words = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)

            let other = try Machine([replicas[2]])
            try await other.expectRestore(of: original, environment: ["PHOTOBACKUP_RECOVERY_PHRASE": words])
            // With 23 of them in place, and with words of another vault.
            let changed = words.split(separator: " ").dropLast().joined(separator: " ") + " zebra"
            let others = try await Machine(Replica.onThreeServers()).initialise()
            for wrong in [changed, others] {
                let run = try await other.run(
                    "snapshots", environment: ["PHOTOBACKUP_RECOVERY_PHRASE": wrong])
                #expect(run.exitCode == 12, "\(run)")
                #expect(!run.error.contains(wrong))
            }
        }

        @Test func withoutADeviceKeyThePasswordIsAsked() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try Machine(replicas)
            _ = try await machine.initialise("--no-device-key")
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            let refused = try await machine.archive(shoot, exitCode: 1)
            #expect(refused.output.contains("PHOTOBACKUP_PASSWORD"))
            let file = machine.scratch("password")
            try Data("\(Machine.password)\n".utf8).write(to: URL(filePath: file))
            _ = try check("chmod", chmod(file, 0o600))
            try await machine.archive(shoot, "--password-file", file)
        }

        /// The default strength takes 1 GiB of memory, or less where that is not there; the vault opens all the same.
        @Test func theFullStrengthOpensToo() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try Machine(replicas)
            let made = try await machine.run("init", "--json", environment: Machine.withPassword)
            #expect(made.exitCode == 0, "\(made.error)")
            let keyring = try #require(try await replicas[0].objects("keyring/").keys.first)
            let text = String(decoding: try await replicas[0].read(keyring), as: UTF8.self)
            let fields = try #require(
                JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect("\(fields)".contains("argon2id"), "\(text)")
            let other = try Machine([replicas[1]])
            let opened = try await other.run("snapshots", environment: Machine.withPassword)
            #expect(opened.exitCode == 0, "\(opened)")
            let wrong = try await other.run("snapshots", environment: ["PHOTOBACKUP_PASSWORD": "wrong"])
            #expect(wrong.exitCode == 12, "\(wrong)")
        }

        @Test func noSecretIsStoredAnywhere() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try Machine(replicas)
            let words = try await machine.initialise()
            let shoot = try machine.scratch.folder("zugspitze-wedding")
            try shoot.write(Array("the bride wore a distinctive dress".utf8), to: "confidential-portrait.xmp")
            try shoot.setAttribute("user.note", "attribute-of-mine".utf8, of: "confidential-portrait.xmp")
            try shoot.link("telltale-link", to: Array("where-it-points".utf8))
            let run = try await machine.run(
                "archive", shoot.text, "--as", "Unmistakable Collection", "--tag", "revealing-tag")
            #expect(run.exitCode == 0, "\(run)")

            let secrets =
                [Machine.password, words] + words.split(separator: " ").adjacentPairs().map { "\($0) \($1)" }
            let content = [
                "zugspitze-wedding", "confidential-portrait", "distinctive dress", "attribute-of-mine",
                "telltale-link", "where-it-points", "Unmistakable", "revealing-tag",
            ]
            for replica in replicas {
                for name in try await replica.objects().keys {
                    let bytes = Data(try await replica.read(name)) + Data(name.utf8)
                    for text in secrets + content {
                        #expect(
                            bytes.range(of: Data(text.utf8)) == nil, "\(text) is in \(replica.name): \(name)")
                    }
                }
            }
            // What the machine keeps is for its owner alone, and holds neither password nor words.
            let state = machine.scratch("home/.local/state/photobackup")
            let files = try #require(FileManager.default.enumerator(atPath: state)).compactMap {
                $0 as? String
            }
            #expect(files.contains { $0.hasSuffix("/device-key") })
            for file in files {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(state)/\(file)")
                guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
                let bytes = try Data(contentsOf: URL(filePath: "\(state)/\(file)"))
                for secret in secrets + replicas.map(\.server.secretAccessKey) {
                    #expect(bytes.range(of: Data(secret.utf8)) == nil, "a secret is in \(file)")
                }
            }
            var status = stat()
            #expect(stat(state, &status) == 0 && status.st_mode & 0o777 == 0o700)
            for file in files where file.hasSuffix("-key") || file.hasSuffix(".wrapped") {
                #expect(stat("\(state)/\(file)", &status) == 0 && status.st_mode & 0o777 == 0o600, "\(file)")
            }
        }
    }
}

extension Sequence {
    fileprivate func adjacentPairs() -> Zip2Sequence<Self, DropFirstSequence<Self>> { zip(self, dropFirst()) }
}
