import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// The small files of the state folder, one after the other empty, cut or something else.
    @Suite struct StateFolderTests {
        private static let files = [
            "device-key", "master-key.wrapped", "signing-key.pub", "locations", "lock", "catalog.sqlite-wal",
            "../runs.jsonl",
        ]
        private static let faults = ["empty", "short", "noise", "folder"]

        private func strike(_ path: String, _ fault: String) throws {
            try? FileManager.default.removeItem(atPath: path)
            switch fault {
            case "folder":
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            case "short": try Data("0a".utf8).write(to: URL(filePath: path))
            case "noise": try Data(randomBytes(64)).write(to: URL(filePath: path))
            default: try Data().write(to: URL(filePath: path))
            }
            if fault != "folder" { _ = try check("chmod", chmod(path, 0o600)) }
        }

        /// With a password at hand, none of them stops anything; what is told to mend it does.
        @Test(arguments: files)
        func noneStopsAnything(file: String) async throws {
            let machine = try await Machine.onFolders()
            let passwordFile = machine.scratch("password")
            try Data(Machine.password.utf8).write(to: URL(filePath: passwordFile))
            _ = try check("chmod", chmod(passwordFile, 0o600))
            try machine.configureFolders("password_command = \"cat '\(passwordFile)'\"")
            let path = try "\(machine.vaultState)/\(file)"
            let opens = ["device-key", "master-key.wrapped"].contains(file)
            for fault in Self.faults {
                try strike(path, fault)
                for words in [["snapshots"], ["status"], ["verify"], ["backup"]] {
                    let run = try await machine.finish(machine.start(words))
                    #expect(run.exitCode == 0, "\(fault): \(words): \(run)")
                    // Nobody needs the key to see how it stands.
                    guard opens, words != ["status"] else { continue }
                    #expect(run.error.contains("so that the password is needed"), "\(fault): \(run)")
                }
                guard opens else { continue }
                if fault == "folder" { try FileManager.default.removeItem(atPath: path) }
                #expect(try await machine.run("lock").exitCode == 0)
                #expect(try await machine.run("unlock", environment: Machine.withPassword).exitCode == 0)
                let mended = try await machine.run("snapshots")
                #expect(mended.exitCode == 0 && mended.error == "", "\(fault): \(mended)")
            }
        }

        /// A key that was pinned is not replaced by what a provider says; the hint tells what does.
        @Test func aPinnedKeyThatIsLostIsAskedFor() async throws {
            let machine = try await Machine.onFolders()
            let status = try await machine.run("status", "--json")
            let key = try #require(status.summary["signing_key"] as? String)
            let file = try "\(machine.vaultState)/signing-key.pub"
            try strike(file, "empty")
            let refused = try await machine.run("verify", "--keyless")
            #expect(refused.exitCode == 1 && refused.error.contains("delete this file"), "\(refused)")
            try FileManager.default.removeItem(atPath: file)
            let audited = try await machine.run("verify", "--keyless", "--signing-key", key)
            #expect(audited.exitCode == 0, "\(audited)")
        }

        /// A folder that cannot be made keeps nothing from being read.
        @Test(arguments: ["a file", "a link to itself"])
        func aStateFolderThatIsNoneStopsOnlyWhatMustBeRemembered(obstacle: String) async throws {
            let machine = try await Machine.onFolders()
            let place = machine.scratch("state")
            if obstacle == "a file" {
                try Data().write(to: URL(filePath: place))
            } else {
                _ = try check("symlink", symlink(place, place))
            }
            try machine.configureFolders("state = \"\(place)\"")
            for words in [
                ["snapshots"], ["restore", "Shoot", "--to", machine.scratch("restored")], ["verify"],
            ] {
                let run = try await machine.finish(machine.start(words, environment: Machine.withPassword))
                #expect(run.exitCode == 0 && run.warnings(of: "") == 1, "\(words): \(run)")
            }
            let backup = try await machine.run("backup", environment: Machine.withPassword)
            #expect(backup.exitCode == 1 && backup.error.contains("/state: it is no folder"), "\(backup)")
        }
    }
}
