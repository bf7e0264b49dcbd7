import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

/// A mistake in a provider's configuration, or a provider that is not what it should be.
struct ProviderMistake: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let server: String
    let changes: [String: String]
    /// What the message tells, which no other mistake's does.
    let message: String
    let hint: String

    static let all = [
        ProviderMistake(
            testDescription: "a bucket that does not exist", server: "seaweedfs",
            changes: ["bucket": "no-such-bucket"], message: "the bucket does not exist",
            hint: "create the bucket no-such-bucket"),
        ProviderMistake(
            testDescription: "a refused key", server: "rclone",
            changes: ["access_key_id": "AKIA0000000000000000"], message: "the access key is refused",
            hint: "check the access key id"),
        ProviderMistake(
            testDescription: "a wrong secret", server: "seaweedfs",
            changes: ["secret_access_key": "0123456789"], message: "the signature is refused",
            hint: "check the secret access key"),
        ProviderMistake(
            testDescription: "a host that does not resolve", server: "moto",
            changes: ["endpoint": "http://s3.nosuch.invalid"], message: "the host name has no address",
            hint: "check endpoint (http://s3.nosuch.invalid)"),
        ProviderMistake(
            testDescription: "a port where nobody listens", server: "moto",
            changes: ["endpoint": "http://127.0.0.1:9"], message: "no connection",
            hint: "check that the provider is up"),
        ProviderMistake(
            testDescription: "a certificate that does not verify", server: "rclone-tls",
            changes: ["ca_file": ""], message: "the server's certificate does not verify", hint: "ca_file"),
    ]
}

extension EndToEnd {
    /// What can be wrong with a provider, each told apart.
    @Suite struct ProviderErrorTests {
        @Test(arguments: ProviderMistake.all)
        func aMistakeIsTold(mistake: ProviderMistake) async throws {
            let replica = try Replica(Servers.named(mistake.server), prefix: Replica.newPrefix())
            let machine = try Machine(
                [replica], configuration: replica.configuration(mistake.changes))
            let run = try await machine.run(
                "init", "--kdf-strength", "interactive", environment: Machine.withPassword)
            try expectTold(mistake.message, mistake.hint, run)
            // Every other mistake has a message of its own.
            let told = ProviderMistake.all.filter { run.error.contains($0.message) }
            #expect(told.map(\.testDescription) == [mistake.testDescription])
            #expect(try await replica.objects() == [:])
        }

        /// AWS names the right region, which is then used; where none is named, the message says what is wrong.
        @Test func aWrongRegionIsTold() async throws {
            let server = try ScriptedServer { _, _ in
                .answer(
                    400, headers: [("Content-Type", "application/xml")],
                    body: """
                        <?xml version="1.0" encoding="UTF-8"?>
                        <Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is \
                        malformed; the region 'us-east-1' is wrong</Message></Error>
                        """)
            }
            let replica = try Replica(Servers.named("moto"), prefix: Replica.newPrefix())
            let machine = try Machine(
                [replica], configuration: replica.configuration(["endpoint": server.endpoint]))
            let run = try await machine.run(
                "init", "--kdf-strength", "interactive", environment: Machine.withPassword)
            try expectTold("the bucket is in another region", "check endpoint and region", run)
        }

        @Test(arguments: ProviderMistake.all)
        func oneBadProviderOfThreeIsBehind(mistake: ProviderMistake) async throws {
            var replicas = try Replica.onThreeServers()
            replicas[2] = try Replica(
                Servers.named(mistake.server), name: "third", prefix: replicas[0].prefix + "-3")
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(1_000_000), to: "a.raw")
            let original = try FolderRecord(shoot.text)
            try machine.configure(
                replicas[0].configuration() + replicas[1].configuration()
                    + replicas[2].configuration(mistake.changes))
            let run = try await machine.archive(shoot, exitCode: 4)
            #expect(run.output.contains(mistake.message), "\(run)")
            // The cure is the one for this mistake, and waiting is none.
            #expect((run.output + run.error).contains(mistake.hint), "\(run)")
            #expect(!(run.output + run.error).contains("the next run copies"), "\(run)")
            for command in ["verify", "status"] {
                let told = try await machine.run(command)
                #expect(told.exitCode == 4, "\(told)")
                let text = told.output + told.error
                #expect(text.contains(mistake.message) && text.contains(mistake.hint), "\(told)")
                #expect(!text.contains("third: 0 right") && !text.contains("\\x0a"), "\(told)")
                let isAnswered = text.contains("(HTTP ")
                #expect(!(isAnswered && text.contains("unreachable")), "\(told)")
            }
            try await machine.expectRestore(of: original)

            try machine.configure(replicas.configuration())
            let heal = try await machine.run("heal", "--json")
            #expect(heal.exitCode == 0, "\(heal)")
            try await Machine([replicas[2]]).expectRestore(of: original, environment: Machine.withPassword)
        }

        @Test func aPrivateAuthorityIsTrustedWhereItIsNamed() async throws {
            let replica = try Replica(Servers.named("rclone-tls"), prefix: Replica.newPrefix())
            let machine = try await Machine.withVault(on: [replica])
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            try await machine.expectRestore(of: original)
        }

        @Test func noVaultIs10() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try Machine(replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            let commands = [
                ["archive", shoot.text, "--as", "Shoot"], ["status"], ["verify"], ["heal"], ["snapshots"],
                ["restore", "Shoot", "--to", machine.scratch("out")], ["ls", "Shoot"],
            ]
            for command in commands {
                let run = await machine.finish(try machine.start(command, environment: Machine.withPassword))
                #expect(run.exitCode == 10, "\(command): \(run)")
                #expect(run.error.contains("no vault is there\nhint: photobackup init"), "\(run)")
            }
            #expect(try await replicas[0].objects() == [:])
            #expect(!FileManager.default.fileExists(atPath: machine.scratch("out")))
        }

        @Test func nothingIsWrittenToABucketWithAnotherVault() async throws {
            let mine = try Replica.onThreeServers()
            let others = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: mine)
            _ = try await Machine.withVault(on: others)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            try machine.configure(
                mine[0].configuration() + mine[1].configuration() + others[2].configuration())
            let before = try await others[2].objects()
            for environment in [[:], Machine.withPassword] {
                let run = try await machine.run(
                    "archive", shoot.text, "--as", "Shoot", environment: environment)
                #expect(run.exitCode == 4, "\(run)")
                #expect(run.error.contains("\(others[2].name): it holds vault "), "\(run)")
            }
            #expect(try await machine.run("verify", "--level", "read").exitCode == 4)
            try await machine.expectRestore(of: FolderRecord(shoot.text))
            #expect(try await others[2].objects() == before)
            // As the hint has it: with a prefix of its own the provider takes part again.
            try machine.configure(mine.configuration())
            let run = try await machine.run("archive", shoot.text, "--as", "Shoot")
            #expect(run.exitCode == 0, "\(run)")
        }

        @Test func aSecondVaultIsNotMadeOverTheFirst() async throws {
            let replicas = try Replica.onThreeServers()
            _ = try await Machine.withVault(on: [replicas[1]])
            let before = try await replicas[1].objects()
            let other = try Machine(replicas)
            let run = try await other.run(
                "init", "--kdf-strength", "interactive", environment: Machine.withPassword)
            #expect(run.exitCode == 1, "\(run)")
            #expect(run.error.contains("rclone holds a vault already"), "\(run)")
            #expect(try await replicas[1].objects() == before)
            #expect(try await replicas[0].objects() == [:])
        }

        private func expectTold(_ message: String, _ hint: String, _ run: ProgramRun) throws {
            #expect(run.exitCode == 1, "\(run)")
            let lines = run.error.split(separator: "\n")
            let error = try #require(lines.first { $0.hasPrefix("photobackup: error: ") }, "\(run)")
            #expect(error.contains(message), "\(run)")
            #expect(lines.contains { $0.hasPrefix("hint: ") && $0.contains(hint) }, "\(run)")
        }
    }
}
