import Crypto
import Foundation
import ObjectStore
import ProgramTesting
import S3
import ServerTesting
import Testing

extension EndToEnd {
    /// What providers really do, and changing them, on real servers.
    @Suite struct ProviderTests {
        private func answers(_ message: [String: Any]) -> [String: String] {
            let rows = message["answers"] as? [[String: Any]] ?? []
            return Dictionary(
                uniqueKeysWithValues: rows.map { ($0["question"] as! String, $0["answer"] as! String) })
        }

        @Test func aProbeIsKeptAndDecidesWhatIsSent() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(100_000), to: "before.raw")
            try await machine.archive(shoot)
            let before = try await replicas[0].objects("packs/").keys
            for name in before {
                #expect(try await replicas[0].store.headWithChecksum(ObjectKey(name)!).checksum == nil)
            }

            let probe = try await machine.run("provider", "probe", "--json")
            #expect(probe.exitCode == 0, "\(probe)")
            let found = probe.messages.filter { $0["message_type"] as? String == "probe" }
            #expect(found.map { $0["name"] as? String } == replicas.map(\.name))
            #expect(found.map { answers($0)["conditional_put"] } == ["yes", "ignored", "yes"])
            #expect(found.allSatisfy { $0["is_kept"] as? Bool == true })

            let list = try await machine.run("provider", "list", "--json")
            let known = list.messages.filter { $0["message_type"] as? String == "provider" }
            #expect(known.map(answers) == found.map(answers))
            #expect(known.allSatisfy { $0["probed"] is String })

            try shoot.write(randomBytes(100_000), to: "after.raw")
            try await machine.archive(shoot)
            let after = try await replicas[0].objects("packs/").keys.filter { !before.contains($0) }
            #expect(!after.isEmpty)
            for name in after {
                let bytes = try await replicas[0].read(name)
                let checksum = try await replicas[0].store.headWithChecksum(ObjectKey(name)!).checksum
                #expect(checksum == SHA256.hash(bytes))
            }
            #expect(try await machine.run("verify", "--level", "read").exitCode == 0)
            // rclone keeps what it is sent as a checksum without looking: that proves nothing.
            let unproved = try await machine.run("verify", "--level", "checksum", "--json")
            #expect(unproved.exitCode == 4, "\(unproved)")
            #expect(unproved.replica("rclone")?["checked"] as? Int == 0)
            #expect(unproved.replica("seaweedfs")?["checked"] as? Int ?? 0 >= after.count)
        }

        @Test func aProbeNeedsNeitherSecretNorVault() async throws {
            let machine = try Machine([try Replica(Servers.named("rclone"), prefix: Replica.newPrefix())])
            let probe = try await machine.run("provider", "probe", "rclone")
            #expect(probe.exitCode == 0, "\(probe)")
            #expect(probe.output.contains("put if absent        ignored"))
            #expect(probe.output.contains("! a condition that is silently ignored is worse than a refusal"))
            #expect(probe.output.contains("! lock_days protects nothing here"))
            #expect(probe.output.contains("not kept: this machine knows no vault there yet"))
            let list = try await machine.run("provider", "list")
            #expect(list.output.contains("never probed"))
        }

        @Test func aProviderThatCannotBeAskedIsNamed() async throws {
            let replica = try Replica(Servers.named("moto"), prefix: Replica.newPrefix())
            let machine = try Machine(
                [replica], configuration: replica.configuration(["endpoint": "http://127.0.0.1:9"]))
            let probe = try await machine.run("provider", "probe")
            #expect(probe.exitCode == 1)
            #expect(probe.error.contains("no connection") && probe.error.contains("hint: "))
            let unknown = try await machine.run("provider", "add", "mtoo")
            #expect(unknown.exitCode == 64)
            #expect(unknown.error.contains("no provider is called 'mtoo'"))
        }

        /// A fourth provider is filled without the sources, takes the place of one that is gone, and gives
        /// everything back alone.
        @Test func aProviderIsAddedAndTakesAnothersPlace() async throws {
            let own = ServerFolder(named: "test-servers-\(randomBytes(8).hex)")
            defer {
                try? own.stop()
                try? FileManager.default.removeItem(atPath: own.path)
            }
            try await blocking { try own.start(["rclone"]) }
            var replicas = try Replica.onThreeServers()
            replicas[1] = try Replica(own.server("rclone"), name: "leaving", prefix: replicas[1].prefix)
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...3 { try shoot.write(randomBytes(5_000_000), to: "\(number).raw") }
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            try FileManager.default.removeItem(atPath: shoot.text)

            let early = try await machine.run("provider", "remove", "leaving", "--json")
            #expect(early.exitCode == 0, "\(early)")
            let new = try Replica(Servers.named("rclone"), name: "new", prefix: Replica.newPrefix())
            let all = replicas + [new]
            try machine.configure(all.configuration())
            let dry = try await machine.run("provider", "add", "new", "--dry-run")
            #expect(dry.exitCode == 4, "\(dry)")
            #expect(try await new.objects().isEmpty)

            try await blocking { try own.stop() }
            let evacuate = try await machine.run("provider", "evacuate", "leaving", "new", "--json")
            #expect(evacuate.exitCode == 0, "\(evacuate)")
            #expect(evacuate.summary["whole"] as? [String] == ["seaweedfs", "moto", "new"])
            #expect(try await new.objects() == replicas[0].objects())
            try await Machine([new]).expectRestore(of: original, environment: Machine.withPassword)

            // Without the one that left, all is well.
            try machine.configure(
                [replicas[0], replicas[2], new].configuration())
            #expect(try await machine.run("verify", "--level", "read").exitCode == 0)
        }

        @Test func aProviderThatIsNeededIsNotCalledRemovable() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(1_000_000), to: "a.raw")
            try await machine.archive(shoot)
            for name in try await replicas[0].objects("packs/").keys {
                try await replicas[0].delete(name)
                try await replicas[1].delete(name)
            }
            let run = try await machine.run("provider", "remove", "moto")
            #expect(run.exitCode == 1)
            #expect(run.error.contains("it is still needed") && run.error.contains("hint: "))
            let other = try await machine.run("provider", "remove", "rclone")
            #expect(other.exitCode == 1)
        }
    }
}
