import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// A machine that has the providers' credentials and nothing else audits the vault, and heals it.
    @Suite struct AuditorTests {
        private let replicas: [Replica]
        private let owner: Machine
        /// No password, no words, no device key.
        private let auditor: Machine
        private let original: FolderRecord

        init() async throws {
            replicas = try Replica.onThreeServers()
            owner = try await Machine.withVault(on: replicas)
            let shoot = try owner.scratch.folder("shoot")
            for number in 1...3 { try shoot.write(randomBytes(3_000_000 + number), to: "\(number).raw") }
            try await owner.archive(shoot)
            original = try FolderRecord(shoot.text)
            auditor = try Machine(replicas)
        }

        private func verify(
            _ options: String..., exitCode: Int32, _ sourceLocation: SourceLocation = #_sourceLocation
        ) async throws -> ProgramRun {
            let run = await auditor.finish(
                try auditor.start(["verify", "--keyless", "--json"] + options))
            #expect(run.exitCode == exitCode, "\(run)", sourceLocation: sourceLocation)
            return run
        }

        @Test func aWholeVaultIsProvenWithoutASecret() async throws {
            let first = try await verify("--level", "read", exitCode: 0)
            let objects = try await replicas[0].objects()
            #expect(first.summary["objects"] as? Int == objects.count)
            // What is pinned is what the owner's machine shows, and is asked no more.
            let status = try await owner.run("status", "--json")
            let key = try #require(status.summary["signing_key"] as? String)
            #expect(first.output.contains(key))
            #expect(try await !verify(exitCode: 0).output.contains(key))
            _ = try await verify("--signing-key", key, exitCode: 0)
            let base64 = Data(try #require([UInt8](hex: key))).base64EncodedString()
            _ = try await verify("--signing-key", base64, exitCode: 0)
            _ = try await verify("--signing-key", String(repeating: "0", count: 64), exitCode: 1)
            // Nothing that opens anything is on this machine.
            let state = auditor.scratch("home/.local/state/photobackup")
            let files = try FileManager.default.subpathsOfDirectory(atPath: state).map {
                ($0 as NSString).lastPathComponent
            }
            #expect(files.contains("keyless.sqlite") && !files.contains { $0.hasPrefix("device") })
        }

        @Test func whatTakesKeysIsAUsageError() async throws {
            #expect(
                try await verify("--level", "decrypt", exitCode: 64).messages.contains {
                    $0["message_type"] as? String == "error"
                })
            #expect(try await auditor.run("verify", "--signing-key", "00").exitCode == 64)
            #expect(
                try await auditor.run("heal", "--keyless", "--level", "decrypt").exitCode == 64)
        }

        /// A keyring that names another key, in front of the vault's own: that key has signed nothing that is there.
        @Test func aKeyThatHasSignedNothingIsNotPinned() async throws {
            let key = try #require(
                try await owner.run("status", "--json").summary["signing_key"] as? String)
            let name = try #require(try await replicas[0].objects("keyring/").keys.first)
            let text = String(decoding: try await replicas[0].read(name), as: UTF8.self)
            var (bytes, forged) = ([UInt8](), "")
            repeat {
                bytes = Array(text.replacing(key, with: randomBytes(32).hex).utf8)
                forged = "\(name.prefix(19))\(SHA256.hash(bytes).hex).json"
            } while forged < name
            try await replicas[0].write(bytes, to: forged)
            let asked = await auditor.finish(try auditor.start(["verify", "--keyless"]))
            #expect(asked.exitCode == 0 && asked.error.contains("pinned on first use: \(key)"), "\(asked)")
            _ = try await verify("--signing-key", key, exitCode: 0)
        }

        @Test func aPackThatIsGoneFromAllThreeAtOnceIsMissed() async throws {
            let pack = try #require(try await replicas[0].objects("packs/").keys.min())
            for replica in replicas { try await replica.delete(pack) }
            let run = try await verify(exitCode: 5)
            for replica in replicas {
                #expect(run.discrepancies(of: replica.name) == [pack])
                #expect(run.replica(replica.name)?["missing"] as? Int == 1)
            }
            #expect(try await auditor.run("heal", "--keyless").exitCode == 5)
        }

        @Test func whatOneReplicaLostIsHealedWithoutASecret() async throws {
            let pack = try #require(try await replicas[1].objects("packs/").keys.min())
            try await replicas[1].delete(pack)
            #expect(try await verify(exitCode: 5).discrepancies(of: replicas[1].name) == [pack])
            let heal = try await auditor.run("heal", "--keyless", "--json")
            #expect(heal.exitCode == 0 && heal.replica(replicas[1].name)?["healed"] as? Int == 1, "\(heal)")
            _ = try await verify("--level", "read", exitCode: 0)
            // A whole replica too, and it is as good as the others.
            try await replicas[2].deleteEverything()
            _ = try await verify(exitCode: 5)
            #expect(try await auditor.run("heal", "--keyless").exitCode == 0)
            #expect(try await replicas[2].objects() == replicas[0].objects())
            try await Machine([replicas[2]]).expectRestore(
                of: original, environment: Machine.withPassword)
        }

        @Test func whatIsPlantedIsNamedAndNotSpread() async throws {
            _ = try await verify(exitCode: 0)
            let bytes = Array("planted".utf8)
            let digest = SHA256.hash(bytes).hex
            let planted = [
                "collections/\(String(repeating: "0", count: 32))/0000000001-\(digest)",
                "inventory/20301121-172800-\(digest)", "keyring/0000000009-\(digest).json",
                "snapshots/\(String(repeating: "0", count: 32))/20301121-172800-\(digest)",
                "tombstones/20301121-172800-\(digest)",
            ]
            for name in planted { try await replicas[0].write(bytes, to: name) }
            let before = try await replicas[1].objects()
            let run = try await verify("--level", "read", exitCode: 0)
            // A record that came this week may still be named by an inventory.
            let signed = planted.filter { !$0.hasPrefix("collections") && !$0.hasPrefix("keyring") }
            #expect(run.discrepancies(of: replicas[0].name) == signed)
            #expect(signed.allSatisfy(run.output.contains))
            #expect(run.replica(replicas[0].name)?["stray"] as? Int == signed.count)
            let heal = try await auditor.run("heal", "--keyless", "--json")
            #expect(heal.exitCode == 0, "\(heal)")
            #expect(try await replicas[1].objects() == before)
            #expect(try await replicas[2].objects() == before)
        }
    }
}
