import Crypto
import Foundation
import Testing

extension EndToEnd {
    /// The key that a machine opens the vault with by itself: made, taken away, guarded.
    @Suite struct DeviceKeyTests {
        @Test func lockTakesTheKeyAwayAndUnlockMakesOne() async throws {
            let machine = try await Machine.withVault(on: [Replica.onThreeServers()[0]])
            let removed = try await machine.run("lock", "--json")
            #expect(
                removed.exitCode == 0 && removed.summary["device_key"] as? String == "removed", "\(removed)")
            #expect(try machine.deviceKeyFiles() == [])
            #expect(try await machine.run("snapshots").exitCode == 1)

            let again = try await machine.run("lock", "--json")
            #expect(again.exitCode == 0 && again.summary["device_key"] as? String == "none", "\(again)")
            let wrong = try await machine.run("unlock", environment: ["PHOTOBACKUP_PASSWORD": "wrong"])
            #expect(wrong.exitCode == 12, "\(wrong)")
            #expect(try machine.deviceKeyFiles() == [])

            let unlocked = try await machine.run("unlock", environment: Machine.withPassword)
            #expect(unlocked.exitCode == 0, "\(unlocked)")
            #expect(unlocked.output.contains("systemd-creds encrypt --name=photobackup-device-key "))
            #expect(try machine.deviceKeyFiles().count == 2)
            #expect(try await machine.run("snapshots").exitCode == 0)
        }

        @Test func whoIsUnlockedStaysSo() async throws {
            let machine = try await Machine.withVault(on: [Replica.onThreeServers()[0]])
            let before = try machine.deviceKeyFiles().map { try Data(contentsOf: URL(filePath: $0)) }
            for arguments in [["unlock"], ["unlock", "-n"], ["lock", "-n"]] {
                let run = await machine.finish(try machine.start(arguments + ["--json"]))
                #expect(run.exitCode == 0 && run.summary["device_key"] as? String == "kept", "\(run)")
                #expect(
                    try machine.deviceKeyFiles().map { try Data(contentsOf: URL(filePath: $0)) } == before)
            }
        }

        @Test func theWordsUnlockToo() async throws {
            let machine = try Machine([Replica.onThreeServers()[0]])
            let words = try await machine.initialise("--no-device-key")
            let run = try await machine.run(
                "unlock", environment: ["PHOTOBACKUP_RECOVERY_PHRASE": words.uppercased()])
            #expect(run.exitCode == 0, "\(run)")
            #expect(try await machine.run("snapshots").exitCode == 0)
        }

        @Test(arguments: ["device-key", "master-key.wrapped"])
        func aKeyThatOthersMayReadIsRefused(name: String) async throws {
            let machine = try await Machine.withVault(on: [Replica.onThreeServers()[0]])
            let file = try #require(try machine.deviceKeyFiles().first { $0.hasSuffix("/\(name)") })
            _ = try check("chmod", chmod(file, 0o640))
            let refused = try await machine.run("snapshots")
            #expect(refused.exitCode == 1, "\(refused)")
            #expect(
                refused.error.contains("\(file): it opens the vault, and others may read it\nhint: "),
                "\(refused)")
            // As the hint says.
            #expect(try await machine.run("lock").exitCode == 0)
            #expect(try await machine.run("unlock", environment: Machine.withPassword).exitCode == 0)
            #expect(try await machine.run("snapshots").exitCode == 0)
        }

        @Test func aPasswordFileThatOthersMayReadIsRefused() async throws {
            let machine = try await Machine.withVault(on: [Replica.onThreeServers()[0]])
            let file = machine.scratch("password")
            try Data("\(Machine.password)\n".utf8).write(to: URL(filePath: file))
            _ = try check("chmod", chmod(file, 0o644))
            for run in [
                try await machine.run("snapshots", "--password-file", file),
                try await machine.run("snapshots", environment: ["PHOTOBACKUP_PASSWORD_FILE": file]),
            ] {
                #expect(run.exitCode == 1, "\(run)")
                #expect(
                    run.error.hasPrefix(
                        "photobackup: error: password: \(file) can be read by others\nhint: chmod 600 "),
                    "\(run)")
            }
        }

        /// As systemd passes it to a unit: the key is in a folder of its own, and no file of this machine opens the vault.
        @Test func aCredentialTakesTheFilesPlace() async throws {
            let machine = try await Machine.withVault(on: [Replica.onThreeServers()[0]])
            let folder = try machine.scratch.folder("credentials")
            try folder.write(randomBytes(32), to: "photobackup-device-key")
            // What systemd shows where a unit has a user of its own.
            _ = try check("chmod", chmod("\(folder.text)/photobackup-device-key", 0o440))
            let credential = ["CREDENTIALS_DIRECTORY": folder.text]
            let unlocked = try await machine.run(
                "unlock", environment: credential.merging(Machine.withPassword) { $1 })
            #expect(unlocked.exitCode == 0, "\(unlocked)")
            #expect(
                try machine.deviceKeyFiles().map { ($0 as NSString).lastPathComponent } == [
                    "master-key.wrapped"
                ])
            #expect(try await machine.run("snapshots", environment: credential).exitCode == 0)
            #expect(try await machine.run("snapshots").exitCode == 1)

            // A key in a file, later, is told to take its place.
            let replaced = try await machine.run("unlock", environment: Machine.withPassword)
            #expect(
                replaced.exitCode == 0 && replaced.error.contains("opens the vault no more"), "\(replaced)")
            #expect(try await machine.run("snapshots").exitCode == 0)
            let refused = try await machine.run("snapshots", environment: credential)
            #expect(refused.exitCode == 1, "\(refused)")

            _ = try check("chmod", chmod("\(folder.text)/photobackup-device-key", 0o444))
            let shared = try await machine.run("snapshots", environment: credential)
            #expect(shared.exitCode == 1 && shared.error.contains("others may read it"), "\(shared)")
        }

        @Test func lockKnowsNoVaultWhereThereWasNone() async throws {
            let machine = try Machine([Replica.onThreeServers()[0]])
            #expect(try await machine.run("lock").exitCode == 10)
        }
    }
}

extension Machine {
    /// The files that make up this machine's device key, sorted.
    func deviceKeyFiles() throws -> [String] {
        let state = scratch("home/.local/state/photobackup")
        let files = try FileManager.default.subpathsOfDirectory(atPath: state)
        return files.filter { $0.hasSuffix("/device-key") || $0.hasSuffix("/master-key.wrapped") }.sorted()
            .map { "\(state)/\($0)" }
    }
}
