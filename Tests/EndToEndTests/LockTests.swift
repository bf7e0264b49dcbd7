import Crypto
import Foundation
import ObjectStore
import ProgramTesting
import S3
import ServerTesting
import Testing

extension EndToEnd {
    /// `lock_days`, on servers that enforce locks.
    @Suite struct LockTests {
        private func lockDays(of replica: Replica) async throws -> [String: Double] {
            let now = Date().timeIntervalSince1970
            var days: [String: Double] = [:]
            for name in try await replica.objects().keys {
                let until = try await replica.store.details(ObjectKey(name)!).lockedUntil
                days[name] = until.map { (Double($0) - now) / 86_400 } ?? 0
            }
            return days
        }

        @Test(arguments: ["seaweedfs", "moto"])
        func whatIsStoredIsLockedAndTheLockIsExtended(server: String) async throws {
            let locking = try Replica(
                await Servers.named(server).withOwnBucket(isLocking: true), prefix: Replica.newPrefix())
            let other = try Replica(Servers.named("rclone"), prefix: Replica.newPrefix())
            func configuration(days: Int) -> String {
                locking.configuration() + "lock_days = \(days)\n" + other.configuration()
            }
            let machine = try Machine([locking, other], configuration: configuration(days: 10))
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(1_000_000), to: "a.raw")
            try await machine.archive(shoot)
            #expect(try await lockDays(of: locking).allSatisfy { abs($0.value - 10) < 0.1 })

            // Ten days are more than half of fifteen: nothing is due.
            try machine.configure(configuration(days: 15))
            try await machine.archive(shoot)
            let untouched = try await lockDays(of: locking).filter { $0.key.hasPrefix("packs/") }
            #expect(!untouched.isEmpty && untouched.allSatisfy { abs($0.value - 10) < 0.1 })

            // They, and the fifteen of what came then, are less than half of forty; a machine that has forgotten everything asks the provider.
            try machine.configure(configuration(days: 40))
            try machine.forget()
            let run = await machine.finish(
                try machine.start(
                    ["archive", shoot.text, "--as", "Shoot", "--json"], environment: Machine.withPassword))
            #expect(run.exitCode == 0, "\(run)")
            let extended = try await lockDays(of: locking)
            #expect(extended.allSatisfy { abs($0.value - 40) < 0.1 }, "\(extended)")

            // Damage is healed by a new version, which is locked too.
            let pack = try #require(try await locking.objects("packs/").keys.first)
            try await locking.write(randomBytes(1000), to: pack)
            let heal = try await machine.run("heal", "--json", environment: Machine.withPassword)
            #expect(heal.exitCode == 0, "\(heal)")
            #expect(abs(try await lockDays(of: locking)[pack]! - 40) < 0.1)
            #expect(
                try await machine.run("verify", "--level", "read", environment: Machine.withPassword).exitCode
                    == 0)
        }

        /// A bucket that cannot lock refuses the put, and says so: nothing is stored that is not locked as asked.
        @Test func aBucketWithoutLocksIsBehindAndSaysWhy() async throws {
            let unlocking = try Replica(
                await Servers.named("moto").withOwnBucket(isLocking: false), prefix: Replica.newPrefix())
            let machine = try Machine(
                [unlocking], configuration: unlocking.configuration() + "lock_days = 10\n")
            let run = try await machine.run(
                "init", "--kdf-strength", "interactive", environment: Machine.withPassword)
            #expect(run.exitCode == 1)
            #expect(run.error.contains("the bucket was made without object lock"), "\(run)")
            #expect(run.error.contains("photobackup provider probe moto"), "\(run)")
        }
    }

    /// Keys that may not delete are enough for everything but prune.
    @Suite struct UndeletingKeyTests {
        @Test func everythingButPruneWorks() async throws {
            let server = try await Servers.named("seaweedfs").withOwnBucket(isLocking: false)
            try await server.denyDeletion()
            let replica = try Replica(server, prefix: Replica.newPrefix())
            let other = try Replica(Servers.named("rclone"), prefix: Replica.newPrefix())
            let machine = try await Machine.withVault(on: [replica, other])
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(1_000_000), to: "a.raw")
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)

            let probe = try await machine.run("provider", "probe", "seaweedfs")
            #expect(probe.exitCode == 0, "\(probe)")
            #expect(probe.output.contains("key may delete       no"))
            #expect(probe.error.contains("could not be deleted"), "what a probe leaves is named")
            #expect(try await replica.objects("probe/").isEmpty == false)

            let pack = try #require(try await replica.objects("packs/").keys.first)
            try await replica.write(randomBytes(1000), to: pack)
            #expect(try await machine.run("verify").exitCode == 5)
            let heal = try await machine.run("heal", "--json")
            #expect(heal.exitCode == 0, "\(heal)")
            let verify = try await machine.run("verify", "--level", "read", "--json")
            #expect(verify.exitCode == 0, "\(verify)")
            #expect(verify.replica("seaweedfs")?["stray"] as? Int == 0)
            try await Machine([replica]).expectRestore(of: original, environment: Machine.withPassword)
        }
    }

    /// `storage_class = "GLACIER"`, on the one server that has it in full.
    @Suite struct ColdStorageTests {
        private func machine() async throws -> (machine: Machine, cold: Replica, warm: Replica, FolderRecord)
        {
            let prefix = Replica.newPrefix()
            let cold = try Replica(Servers.named("moto"), prefix: prefix)
            let warm = try Replica(Servers.named("rclone"), prefix: prefix)
            // The cold one is first in the configuration, and still asked last.
            let machine = try Machine(
                [cold, warm],
                configuration: cold.configuration(["storage_class": "GLACIER"]) + warm.configuration())
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...3 { try shoot.write(randomBytes(6_000_000), to: "\(number).raw") }
            let record = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            return (machine, cold, warm, record)
        }

        @Test func packsAloneAreColdAndAWarmReplicaIsReadFirst() async throws {
            let (machine, cold, _, original) = try await machine()
            for name in try await cold.objects().keys {
                let details = try await cold.store.details(ObjectKey(name)!)
                #expect((details.storageClass == "GLACIER") == name.hasPrefix("packs/"), "\(name)")
                if name.hasPrefix("packs/") { #expect(details.availability == .cold) }
            }
            try await machine.expectRestore(of: original)
            for name in try await cold.objects("packs/").keys {
                #expect(try await cold.store.details(ObjectKey(name)!).availability == .cold)
            }
        }

        /// A check never thaws, and never says that it has read what it has not.
        @Test func aVerificationSaysWhatItCouldNotRead() async throws {
            let (machine, cold, _, _) = try await machine()
            let packs = try await cold.objects("packs/").keys
            let verify = try await machine.run("verify", "--level", "read", "--json")
            #expect(verify.exitCode == 4, "\(verify)")
            #expect(verify.replica("moto")?["cold"] as? Int == packs.count)
            #expect(verify.replica("moto")?["checked"] as? Int ?? 0 > 0, "metadata is read")
            #expect(verify.replica("rclone")?["cold"] as? Int == 0)
            let text = try await machine.run("verify", "--level", "read")
            #expect(text.output.contains("\(packs.count) in cold storage and not read"))
            #expect(try await machine.run("verify").exitCode == 0, "names and sizes can be compared")
            for name in packs {
                #expect(try await cold.store.details(ObjectKey(name)!).availability == .cold)
            }
        }

        @Test func whatOnlyAColdReplicaHasIsAskedForAndWaitedFor() async throws {
            let (machine, cold, warm, original) = try await machine()
            for name in try await warm.objects("packs/").keys { try await warm.delete(name) }

            // Nothing that costs money happens unasked.
            let refused = try await machine.run(
                "restore", "Shoot", "--to", machine.scratch("refused"))
            #expect(refused.exitCode == 1)
            #expect(refused.error.contains("cold storage") && refused.error.contains("hint: --wait"))
            for name in try await cold.objects("packs/").keys {
                #expect(try await cold.store.details(ObjectKey(name)!).availability == .cold)
            }

            let waited = try await machine.run(
                "restore", "Shoot", "--to", machine.scratch("waited"), "--wait")
            #expect(waited.exitCode == 0, "\(waited)")
            #expect(waited.output.contains("packs can be read"))
            #expect(waited.output.contains("restored 3 files"))
            #expect(!waited.error.contains("error"), "what is waited for has not failed")
            #expect(
                try FolderRecord(machine.scratch("waited") + "/shoot").differences(from: original) == [])
        }
    }
}
