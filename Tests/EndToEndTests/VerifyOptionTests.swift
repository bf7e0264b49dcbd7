import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// The options of `verify` on the built program and real servers.
    @Suite struct VerifyOptionTests {
        private func machineWithAShoot() async throws -> (Machine, [Replica]) {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...6 {
                try shoot.write(randomBytes(200_000), to: "\(number).raw")
                try await machine.archive(shoot)
            }
            return (machine, replicas)
        }

        /// What a provider keeps no checksum of is not called checked, and such a run is not exit code 0.
        @Test func levelChecksum() async throws {
            let (machine, replicas) = try await machineWithAShoot()
            let run = try await machine.run("verify", "--level", "checksum", "--json")
            #expect(run.summary["bytes_read"] as? Int == 0)
            var notCheckable = 0
            for replica in replicas {
                let found = try #require(run.replica(replica.name))
                let counts = ["checked", "not_checkable"].compactMap { found[$0] as? Int }
                #expect(try await counts.reduce(0, +) == replica.objects().count - 1, "\(run)")
                #expect(found["unanswered"] as? Int == 0)
                notCheckable += counts[1]
            }
            // moto keeps none, whatever it is sent.
            #expect(run.replica("moto")?["checked"] as? Int == 0)
            #expect(notCheckable > 0 && run.exitCode == 4, "\(run)")
            let text = try await machine.run("verify", "--level", "checksum", "--provider", "moto")
            #expect(text.output.contains("not checkable at this level"), "\(text)")
            #expect(text.exitCode == 4)
        }

        @Test func samplePartsAddUp() async throws {
            let (machine, replicas) = try await machineWithAShoot()
            var checked = 0
            for part in 1...3 {
                #expect(try await lastVerified(machine, "read").allSatisfy { $0 == nil })
                let run = try await machine.run(
                    "verify", "--level", "read", "--sample", "\(part)/3", "--json")
                #expect(run.exitCode == 0, "\(run)")
                checked += try replicas.map {
                    try #require(run.replica($0.name)?["checked"] as? Int)
                }.reduce(0, +)
            }
            let objectCount = try await replicas[0].objects().count
            #expect(checked == 3 * (objectCount - 1))
            #expect(try await lastVerified(machine, "read").allSatisfy { $0 != nil })
        }

        @Test func budgetStopsAndGoesOn() async throws {
            let (machine, replicas) = try await machineWithAShoot()
            let all = 3 * (try await replicas[0].objects().count - 1)
            var checked = 0
            var runCount = 0
            while checked < all, runCount < 20 {
                let run = try await machine.run("verify", "--level", "read", "--budget", "1MB", "--json")
                #expect(run.exitCode == 0, "\(run)")
                #expect(run.summary["bytes_read"] as? Int ?? .max <= 1_000_000)
                checked += replicas.compactMap { run.replica($0.name)?["checked"] as? Int }.reduce(0, +)
                runCount += 1
                if checked < all { #expect(run.summary["budget_reached"] as? Bool == true) }
            }
            // 1.2 MB on each of three replicas.
            #expect((4...8).contains(runCount))
            #expect(try await lastVerified(machine, "read").allSatisfy { $0 != nil })
        }

        @Test(arguments: ["--dry-run", "-n"])
        func theCostIsToldBeforehand(option: String) async throws {
            let (machine, _) = try await machineWithAShoot()
            let dry = try await machine.run("verify", "--level", "read", option, "--json")
            #expect(dry.exitCode == 0, "\(dry)")
            #expect(dry.messages.map { $0["message_type"] as? String } == ["estimate", "summary"])
            let whole = try await machine.run("verify", "--level", "read", "--json")
            #expect(whole.messages.first?["message_type"] as? String == "estimate")
            for name in ["bytes", "requests"] {
                #expect(dry.messages[0][name] as? Int == whole.messages[0][name] as? Int)
            }
            #expect(whole.messages[0]["bytes"] as? Int == whole.summary["bytes_read"] as? Int)
            #expect(whole.messages[0]["requests"] as? Int == whole.summary["requests"] as? Int)
            let text = try await machine.run("verify", "--level", "read", option)
            #expect(text.output.contains("moto: will take about "), "\(text)")
            #expect(try await lastVerified(machine, "read").allSatisfy { $0 != nil })
        }

        @Test(arguments: [
            ["--sample", "31/30"], ["--sample", "0%"], ["--budget", "0"], ["--level", "deep"],
        ])
        func whatMakesNoSenseIsAUsageError(options: [String]) async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try Machine(replicas)
            let run = await machine.finish(try machine.start(["verify"] + options))
            #expect(run.exitCode == 64, "\(run)")
        }

        /// Since when each replica is verified at a level, as `status` says.
        private func lastVerified(_ machine: Machine, _ level: String) async throws -> [String?] {
            let status = try await machine.run("status", "--json")
            let replicas = try #require(status.summary["replicas"] as? [[String: Any]])
            return replicas.map { ($0["verified"] as? [String: String])?[level] }
        }
    }
}
