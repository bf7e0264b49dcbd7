import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// A provider that shows an older state is caught, or by the hash that a person wrote down.
    @Suite struct FreshnessTests {
        /// Two snapshots on the replicas, and the objects that came with the second.
        private func twoSnapshots(
            on replicas: [Replica]
        ) async throws -> (machine: Machine, hash: String, new: [String]) {
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            try await machine.archive(shoot)
            let before = try await replicas[0].objects()
            try shoot.write([4, 5, 6], to: "b.jpg")
            let id = try #require(try await machine.archive(shoot).summary["snapshot_id"] as? String)
            let new = try await replicas[0].objects().keys.filter { before[$0] == nil }
            return (machine, String(id.suffix(64)), new)
        }

        @Test func aRolledBackReplicaIsStale() async throws {
            let replicas = try Replica.onThreeServers()
            let (machine, _, new) = try await twoSnapshots(on: replicas)
            for name in new { try await replicas[2].delete(name) }
            let status = try await machine.run("status", "--json")
            #expect(status.exitCode == 5)
            #expect(status.replica(replicas[2].name)?["objects_stale"] as? Int == 2, "\(status)")
            let verify = try await machine.run("verify", "--json")
            #expect(verify.exitCode == 5)
            #expect(verify.replica(replicas[2].name)?["stale"] as? Int == 2, "\(verify)")
            #expect(verify.discrepancies(of: replicas[2].name) == new.sorted())
            #expect(try await machine.run("heal").exitCode == 0)
            #expect(try await machine.run("status").exitCode == 0)
        }

        @Test func theHashThatWasWrittenDown() async throws {
            let replica = try Replica(Replica.onThreeServers()[0].server, prefix: Replica.newPrefix())
            let (machine, hash, new) = try await twoSnapshots(on: [replica])
            for command in [["status"], ["snapshots"], ["verify"]] {
                let run = await machine.finish(
                    try machine.start(command + ["--expect-head", String(hash.prefix(8))]))
                #expect(run.exitCode == 0, "\(run)")
            }
            for name in new { try await replica.delete(name) }
            // To a machine that remembers nothing, all is well but for that hash.
            let other = try Machine([replica])
            func run(_ arguments: String...) async throws -> ProgramRun {
                await other.finish(try other.start(arguments, environment: Machine.withPassword))
            }
            #expect(try await run("verify").exitCode == 0)
            let verify = try await run("verify", "--expect-head", hash)
            #expect(verify.exitCode == 5, "\(verify)")
            #expect(verify.error.contains("photobackup: error: freshness: no replica shows snapshot \(hash)"))
            #expect(verify.error.contains("hint: "))
            #expect(try await run("status", "--expect-head", hash).exitCode == 5)
            #expect(try await run("snapshots", "--expect-head", hash).exitCode == 1)
            let destination = other.scratch("restored")
            let restore = try await run("restore", "Shoot", "--to", destination, "--expect-head", hash)
            #expect(restore.exitCode == 1 && !FileManager.default.fileExists(atPath: destination))
            #expect(try await run("restore", "Shoot", "--to", destination).exitCode == 0)
            #expect(try await run("verify", "--expect-head", "nonsense").exitCode == 64)
        }

        @Test func aRestoreThatCannotGiveTheNewestSaysSo() async throws {
            let replicas = try Replica.onThreeServers()
            let (machine, hash, new) = try await twoSnapshots(on: replicas)
            let newest = try #require(new.first { $0.hasPrefix("snapshots/") })
            for replica in replicas { try await replica.write(Array("lost".utf8), to: newest) }
            // A machine that remembers nothing passes it over, names it, and does not end with 0.
            let other = try Machine(replicas)
            let restore = try await other.run(
                "restore", "Shoot", "--to", other.scratch("restored"), environment: Machine.withPassword)
            #expect(restore.exitCode == 5, "\(restore)")
            #expect(restore.error.contains("snapshot \(hash.prefix(8)): passed over"))
            #expect(try names(in: Array(other.scratch("restored/shoot").utf8)) == [Array("a.jpg".utf8)])
            for replica in replicas { try await replica.delete(newest) }
            // One that remembers misses it.
            let known = try await machine.run(
                "restore", "Shoot", "--to", machine.scratch("restored"))
            #expect(
                known.exitCode == 5 && known.error.contains("no replica that answers shows it"), "\(known)")
            #expect(try await machine.run("snapshots").exitCode == 5)
            #expect(try await machine.run("ls", "Shoot").exitCode == 5)
        }
    }
}
