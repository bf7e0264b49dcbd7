import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// What a thief with keys that may only put can do with files among the keyrings: nothing but be named.
    @Suite struct PlantedKeyringTests {
        private static let new = "a new one, 9 words long or so"
        private static let withNew = ["PHOTOBACKUP_PASSWORD": new]

        private let replicas: [Replica]
        private let machine: Machine
        private let words: String
        private let original: FolderRecord

        init() async throws {
            let vault = try await ShootVault()
            (replicas, machine) = (vault.replicas, vault.machine)
            (words, original) = (vault.words, vault.original)
            machine.guardSecret(Self.new)
        }

        /// Puts a copy of the vault's keyring with a MAC of zeros, under this sequence. Returns its name.
        @discardableResult
        private func plant(
            sequence: UInt32, on replica: Int, _ changes: [String: String] = [:]
        ) async throws -> String {
            let genuine = try #require(try await replicas[replica].objects("keyring/").keys.min())
            var fields = try JSONDecoder().decode(
                [String: String].self, from: Data(try await replicas[replica].read(genuine)))
            fields["mac"] = String(repeating: "0", count: 64)
            fields["sequence"] = String(sequence)
            fields.merge(changes) { $1 }
            let bytes = [UInt8](try JSONEncoder().encode(fields))
            let digits = String(sequence)
            let number = String(repeating: "0", count: 10 - digits.count) + digits
            let name = "keyring/\(number)-\(SHA256.hash(bytes).hex).json"
            try await replicas[replica].write(bytes, to: name)
            return name
        }

        private func expectEverything(naming planted: String) async throws {
            let folder = try machine.scratch.folder("shoot")
            let environments: [[String: String]] = [
                [:], Machine.withPassword, ["PHOTOBACKUP_RECOVERY_PHRASE": words],
            ]
            for environment in environments {
                for command in [["archive", folder.text, "--as", "Shoot"], ["verify", "--level", "read"]] {
                    let run = try await machine.finish(machine.start(command, environment: environment))
                    #expect(run.exitCode == 0, "\(command): \(run)")
                }
                try await machine.expectRestore(of: original, environment: environment)
            }
            let anew = try Machine(replicas)
            let run = try await anew.run("snapshots", environment: Machine.withPassword)
            #expect(run.exitCode == 0, "\(run)")
            #expect(run.error.contains("\(planted): "), "\(run)")
            try await anew.expectRestore(of: original, environment: ["PHOTOBACKUP_RECOVERY_PHRASE": words])
        }

        @Test func oneOfAnotherVaultOnOneReplicaStopsNothing() async throws {
            let name = try await plant(
                sequence: 2, on: 1, ["vault": String(repeating: "ab", count: 16)])
            try await expectEverything(naming: name)
        }

        @Test(arguments: [2, 4_294_967_295] as [UInt32])
        func oneOfThisVaultOnEachReplicaStopsNothing(sequence: UInt32) async throws {
            var names: [String] = []
            for replica in replicas.indices {
                names.append(
                    try await plant(sequence: sequence, on: replica, ["created": "\(replica)"]))
            }
            try await expectEverything(naming: names[2])
        }

        @Test(arguments: [false, true])
        func aPasswordThatIsCalledChangedOpensAfresh(withTheKit: Bool) async throws {
            for replica in replicas.indices { try await plant(sequence: .max, on: replica) }
            var environment = ["PHOTOBACKUP_NEW_PASSWORD": Self.new]
            if withTheKit {
                let folder = try machine.scratch.folder("kit")
                let kit = try await machine.run("kit", "-o", folder.text, "--json")
                let files = try #require(kit.summary["files"] as? [String])
                let lines = try String(contentsOfFile: files[1], encoding: .utf8)
                    .split(separator: "\n", omittingEmptySubsequences: false)
                let start = try #require(lines.firstIndex { $0.hasPrefix("The wrapped key") })
                environment["PHOTOBACKUP_WRAPPED_KEY"] = lines[(start + 2)...].prefix { !$0.isEmpty }
                    .joined(separator: "\n")
                environment["PHOTOBACKUP_RECOVERY_PHRASE"] = words
            }
            let run = try await machine.run(
                "password", withTheKit ? "reset" : "change", "--kdf-strength", "interactive", "--json",
                environment: environment)
            #expect(run.exitCode == 0 && run.summary["keyring"] as? Int == 2, "\(run)")
            for replica in replicas {
                try await Machine([replica]).expectRestore(of: original, environment: Self.withNew)
                let old = try await Machine([replica]).run("snapshots", environment: Machine.withPassword)
                #expect(old.exitCode == 12, "\(old)")
            }
        }
    }
}
