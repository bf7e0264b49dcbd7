import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// A collection shared with a person who has a machine of their own and no vault, and with one who has one.
    @Suite struct ShareGrantTests {
        private let replicas: [Replica]
        private let giver: Machine
        private let shoot: Folder
        private let grantFile: String

        init() async throws {
            replicas = try Replica.onThreeServers()
            giver = try await Machine.withVault(on: replicas)
            shoot = try giver.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            try await giver.archive(shoot)
            let diary = try giver.scratch.folder("diary")
            try diary.write([9], to: "secret.txt")
            _ = try await giver.run("archive", diary.text, "--as", "Private")
            grantFile = giver.scratch("anna.grant")
        }

        /// What a recipient reaches the replicas with where the grant holds no keys.
        private var keys: [String: String] {
            replicas.reduce(into: [:]) { environment, replica in
                let prefix = "PHOTOBACKUP_\(replica.name.uppercased())"
                environment["\(prefix)_ACCESS_KEY_ID"] = replica.server.accessKeyID
                environment["\(prefix)_SECRET_ACCESS_KEY"] = replica.server.secretAccessKey
            }
        }

        private func identity(of machine: Machine) async throws -> (key: String, words: String) {
            let run = try await machine.run("share", "identity", "--json")
            #expect(run.exitCode == 0, "\(run)")
            let message = try #require(run.messages.first { $0["message_type"] as? String == "identity" })
            return (
                try #require(message["public_key"] as? String),
                try #require(message["verification_id"] as? String)
            )
        }

        private func grant(to machine: Machine, as person: String = "Anna", in file: String? = nil)
            async throws
        {
            let recipient = try await identity(of: machine)
            let run = try await giver.run(
                "share", "grant", "Shoot", "--to", recipient.key, "--name", person, "-o", file ?? grantFile,
                "--json")
            #expect(run.exitCode == 0, "\(run)")
            let message = try #require(run.messages.first { $0["message_type"] as? String == "grant" })
            #expect(message["verification_id"] as? String == recipient.words)
        }

        private func accept(
            on machine: Machine, _ file: String? = nil, _ options: String..., exitCode: Int32 = 0
        ) async throws -> ProgramRun {
            let run = await machine.finish(
                try machine.start(["share", "accept", file ?? grantFile, "--json"] + options))
            #expect(run.exitCode == exitCode, "\(run)")
            return run
        }

        @Test func aPersonWithoutAVaultRestoresWhatWasGrantedAndWhatComes() async throws {
            let anna = try Machine.unconfigured(replicas)
            try await grant(to: anna)
            #expect(try await identity(of: anna).key == identity(of: anna).key)
            let accepted = try await accept(on: anna)
            let message = try #require(
                accepted.messages.first { $0["message_type"] as? String == "accepted" })
            #expect(try await message["verification_id"] as? String == identity(of: giver).words)
            try await anna.expectRestore(of: FolderRecord(shoot.text), environment: keys)

            try shoot.write([4, 5], to: "b.jpg")
            try await giver.archive(shoot)
            try await anna.expectRestore(of: FolderRecord(shoot.text), environment: keys)
            let list = try await anna.run("ls", "Shoot", environment: keys)
            #expect(list.exitCode == 0 && list.output == "shoot/\nshoot/a.jpg\nshoot/b.jpg\n", "\(list)")
            for arguments in [["snapshots"], ["snapshots", "Shoot"]] {
                let snapshots = await anna.finish(
                    try anna.start(arguments + ["--json"], environment: keys))
                #expect(
                    snapshots.exitCode == 0 && snapshots.summary["snapshots"] as? Int == 2, "\(snapshots)")
            }
            // Nothing else: there is no vault that she could open.
            let other = try await anna.run("ls", "Private", environment: keys)
            #expect(other.exitCode == 78, "\(other)")
            let mine = try await anna.run("share", "list", "--json")
            #expect(mine.summary["accepted"] as? Int == 1 && mine.summary["given"] as? Int == 0, "\(mine)")
            let given = try await giver.run("share", "list", "--json")
            #expect(given.messages.first?["person"] as? String == "Anna", "\(given)")
        }

        @Test func aPersonWithAVaultOpensItBesideTheirOwn() async throws {
            let ben = try await Machine.withVault(on: Replica.onThreeServers())
            try await grant(to: ben, as: "Ben")
            _ = try await accept(on: ben, nil, "--as", "Their shoot")
            let own = try ben.scratch.folder("own")
            try own.write([7], to: "mine.jpg")
            try await ben.archive(own)
            let shared = try await ben.run("ls", "Their shoot", environment: keys)
            #expect(shared.output == "shoot/\nshoot/a.jpg\n", "\(shared)")
            try await ben.withMount("--collection", "Their shoot", environment: keys) {
                (mount) async throws in
                #expect(try await mount.names() == ["Shoot"])
                #expect(try await mount.read("Shoot/latest/shoot/a.jpg") == [1, 2, 3])
            }
            let mine = try await ben.run("ls", "Shoot")
            #expect(mine.output == "own/\nown/mine.jpg\n", "\(mine)")
        }

        @Test func aRevokedPersonKeepsWhatWasThereAndSeesNothingNew() async throws {
            let (anna, ben) = (try Machine.unconfigured(replicas), try Machine.unconfigured(replicas))
            try await grant(to: anna)
            try await grant(to: ben, as: "Ben", in: giver.scratch("ben.grant"))
            _ = try await accept(on: anna)
            _ = try await accept(on: ben, giver.scratch("ben.grant"))
            let before = try FolderRecord(shoot.text)
            try await anna.expectRestore(of: before, environment: keys)
            let run = try await giver.run("share", "revoke", "Shoot", "--from", "Anna", "--json")
            #expect(run.exitCode == 0, "\(run)")
            try shoot.write([4, 5], to: "b.jpg")
            try await giver.archive(shoot)
            try await anna.expectRestore(of: before, environment: keys)
            try await ben.expectRestore(of: FolderRecord(shoot.text), environment: keys)
            let again = try await giver.run("share", "revoke", "Shoot", "--from", "Anna")
            #expect(again.exitCode == 1 && again.error.contains("nobody of that name"), "\(again)")
            #expect(try await giver.run("verify", "--level", "decrypt").exitCode == 0)
        }

        @Test func wrongGrantsAreRefusedAndLeaveNothing() async throws {
            let (anna, eve) = (try Machine.unconfigured(replicas), try Machine.unconfigured(replicas))
            try await grant(to: anna)
            _ = try await identity(of: eve)
            // Made for another.
            _ = try await accept(on: eve, exitCode: 1)
            // Altered.
            var text = Array(try String(contentsOfFile: grantFile, encoding: .utf8))
            let place = text.count / 3
            text[place] = text[place] == "A" ? "B" : "A"
            let altered = giver.scratch("altered.grant")
            try String(text).write(toFile: altered, atomically: true, encoding: .utf8)
            _ = try await accept(on: anna, altered, exitCode: 1)
            #expect(!FileManager.default.fileExists(atPath: anna.scratch("home/.config/photobackup/shares")))
            // By another giver, under the name of what was accepted.
            _ = try await accept(on: anna)
            let mallory = try await Machine.withVault(on: Replica.onThreeServers())
            let folder = try mallory.scratch.folder("shoot")
            try folder.write([6], to: "bait.jpg")
            try await mallory.archive(folder)
            let bait = mallory.scratch("bait.grant")
            let run = try await mallory.run(
                "share", "grant", "Shoot", "--to", identity(of: anna).key, "-o", bait)
            #expect(run.exitCode == 0, "\(run)")
            let refused = try await accept(on: anna, bait, exitCode: 1)
            #expect(refused.output.contains("another giver"), "\(refused)")
            try await anna.expectRestore(of: FolderRecord(shoot.text), environment: keys)
            // As the hint says.
            _ = try await accept(on: anna, bait, "--as", "Other")
            try await anna.expectRestore(of: FolderRecord(shoot.text), environment: keys)
        }

        /// What is wrong with a name or a grant is put right as the hint says.
        @Test func aGrantIsTakenAsTheHintSays() async throws {
            let anna = try Machine.unconfigured(replicas)
            try await grant(to: try Machine.unconfigured(replicas), as: "Another")
            let early = try await anna.run("share", "accept", grantFile)
            #expect(
                early.gives(
                    hint: "photobackup share identity makes one; send its public key to the giver"),
                "\(early)")
            let key = try await identity(of: anna).key
            let there = try await giver.run(
                "share", "grant", "Shoot", "--to", key, "--name", "Anna", "-o", grantFile)
            #expect(there.gives(hint: "name another file"), "\(there)")
            let hers = giver.scratch("hers.grant")
            try await grant(to: anna, in: hers)
            let disk = try anna.scratch.folder("disk")
            try anna.configure(
                "[[provider]]\nname = \"disk\"\npath = \"\(disk.text)\"\n"
                    + "[[collection]]\nname = \"Shoot\"\nsources = [\"\(shoot.text)\"]\n")
            _ = try await anna.initialise()
            let taken = try await anna.run("share", "accept", hers)
            #expect(taken.gives(hint: "give what is shared another name with --as"), "\(taken)")
            let named = try await anna.run("share", "accept", hers, "--as", "a/b")
            #expect(named.gives(hint: "name it with --as"), "\(named)")
            try FileManager.default.removeItem(atPath: anna.configurationFile)
            _ = try await accept(on: anna, hers, "--as", "Theirs")
            #expect(try await anna.run("ls", "Theirs", environment: keys).exitCode == 0)

            let none = try await giver.run("share", "revoke", "Shoot", "--from", "Nobody")
            #expect(none.gives(hint: "photobackup share list shows who has"), "\(none)")
            #expect(try await giver.run("share", "list").output.contains("Anna"))
            #expect(try await giver.run("share", "revoke", "Shoot", "--from", "Anna").exitCode == 0)
            try shoot.write([4, 5], to: "b.jpg")
            let newest = try await giver.archive(shoot)
            let id = try #require(newest.summary["snapshot_id"] as? String)
            let hash = try #require(id.split(separator: "-").last).prefix(8)
            let closed = try await anna.run("ls", "Theirs@\(hash)", environment: keys)
            #expect(closed.gives(hint: "ask the giver whether the grant still stands"), "\(closed)")
            // It does again.
            try await grant(to: anna, in: giver.scratch("again.grant"))
            _ = try await accept(on: anna, giver.scratch("again.grant"), "--as", "Theirs")
            let again = try await anna.run("ls", "Theirs", environment: keys)
            #expect(again.exitCode == 0 && again.output.contains("b.jpg"), "\(again)")
        }

        @Test func aCredentialThatCanDoTooMuchIsRefused() async throws {
            let anna = try Machine.unconfigured(replicas)
            let file = giver.scratch("credentials.toml")
            try replicas.configuration().write(toFile: file, atomically: true, encoding: .utf8)
            _ = chmod(file, 0o600)
            let before = try await replicas[0].objects()
            let run = try await giver.run(
                "share", "grant", "Shoot", "--to", identity(of: anna).key, "--credentials", file)
            #expect(run.exitCode == 1, "\(run)")
            #expect(
                run.error.contains("it can read keyring/") && run.error.contains("it can write"), "\(run)")
            #expect(try await replicas[0].objects() == before)
            // JSON of the provider's own, for its tools: not lines of JSON of ours.
            let policy = await (try giver.start(["share", "grant", "Shoot", "--print-policy"])).finish()
            #expect(policy.exitCode == 0 && policy.output.contains("\"s3:GetObject\""), "\(policy)")
        }

        /// The key of a real user who may do what the printed policy says, and nothing else.
        @Test func aCredentialWithThePrintedPolicyIsTakenAndSuffices() async throws {
            let anna = try Machine.unconfigured(replicas)
            let printed = try await giver.run("share", "grant", "Shoot", "--print-policy", "--json")
            let policy = try #require(
                printed.messages.first { $0["provider"] as? String == replicas[0].name }?["policy"] as? String
            )
            let user = try await BucketUser(of: replicas[0], policy: policy)
            let file = giver.scratch("credentials.toml")
            try replicas[0].configuration([
                "access_key_id": user.accessKeyID, "secret_access_key": user.secretAccessKey,
            ])
            .write(toFile: file, atomically: true, encoding: .utf8)
            _ = chmod(file, 0o600)
            let run = try await giver.run(
                "share", "grant", "Shoot", "--to", identity(of: anna).key, "--credentials", file, "-o",
                grantFile)
            #expect(run.exitCode == 0, "\(run)")
            // The grant is all that she has.
            _ = try await accept(on: anna)
            try await anna.expectRestore(of: FolderRecord(shoot.text))
            try shoot.write([4, 5], to: "b.jpg")
            try await giver.archive(shoot)
            try await anna.expectRestore(of: FolderRecord(shoot.text))
        }

        @Test func anIdentityThatOthersMayReadIsRefused() async throws {
            let anna = try Machine.unconfigured(replicas)
            _ = try await identity(of: anna)
            let file = anna.scratch("home/.config/photobackup/identity")
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            _ = chmod(file, 0o644)
            let run = try await anna.run("share", "identity")
            #expect(run.exitCode == 1 && run.error.contains("can be read by others"), "\(run)")
            #expect(run.gives(hint: "if nobody has: chmod 600 '…'"), "\(run)")
            _ = chmod(file, 0o600)
            #expect(try await anna.run("share", "identity").exitCode == 0)
        }

        /// Nothing that a provider holds shows who was granted what.
        @Test func noNameIsReadableAtAProvider() async throws {
            try await grant(to: try Machine.unconfigured(replicas))
            for replica in replicas {
                for name in try await replica.objects("grants/").keys {
                    let bytes = Data(try await replica.read(name))
                    for text in ["Anna", "Shoot", replica.server.endpoint] {
                        #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text) is in \(name)")
                    }
                }
                #expect(try await replica.objects("grants/").count == 1)
            }
        }
    }
}
