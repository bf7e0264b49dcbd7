import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// A password that is changed, or lost: what opens the vault then, on which machine, and what does no more.
    @Suite struct PasswordTests {
        private static let new = "a new one, 9 words long or so"
        private static let withNew = ["PHOTOBACKUP_PASSWORD": new]
        private static let toNew = ["PHOTOBACKUP_NEW_PASSWORD": new]

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

        private func change(
            _ command: String = "change", environment: [String: String], exitCode: Int32 = 0,
            _ sourceLocation: SourceLocation = #_sourceLocation
        ) async throws -> ProgramRun {
            let run = try await machine.run(
                "password", command, "--kdf-strength", "interactive", "--json", environment: environment)
            #expect(run.exitCode == exitCode, "\(run)", sourceLocation: sourceLocation)
            return run
        }

        private func expectOpens(
            _ environment: [String: String], exitCode: Int32 = 0, on replicas: [Replica]? = nil,
            _ sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let run = try await Machine(replicas ?? self.replicas).run("snapshots", environment: environment)
            #expect(run.exitCode == exitCode, "\(run)", sourceLocation: sourceLocation)
        }

        @Test func aChangedPasswordOpensFromEachProviderAloneAndTheOldOneDoesNot() async throws {
            // As a person types it: the device key opens, and only the new one is asked for.
            let run = try await change(environment: Self.toNew)
            #expect(run.summary["keyring"] as? Int == 2 && run.summary["keyrings_replaced"] as? Int == 1)
            for replica in replicas {
                #expect(try await replica.objects("keyring/").count == 2)
                try await expectOpens(Machine.withPassword, exitCode: 12, on: [replica])
                try await Machine([replica]).expectRestore(of: original, environment: Self.withNew)
                try await expectOpens(["PHOTOBACKUP_RECOVERY_PHRASE": words], on: [replica])
            }
            // This machine goes on by itself, and all is whole, for who has no key too.
            try await machine.archive(try machine.scratch.folder("shoot"))
            #expect(try await machine.run("verify", "--level", "decrypt").exitCode == 0)
            #expect(try await machine.run("status").exitCode == 0)
        }

        @Test func aMachineWithoutKeysBelievesTheNewKeyringAtOnce() async throws {
            _ = try await change(environment: Self.toNew)
            let auditor = try Machine(replicas)
            #expect(try await auditor.run("verify", "--keyless", "--level", "read").exitCode == 0)
            let name = try #require(try await replicas[1].objects("keyring/").keys.max())
            try await replicas[1].delete(name)
            #expect(try await auditor.run("verify", "--keyless").exitCode == 5)
            #expect(try await auditor.run("heal", "--keyless").exitCode == 0)
            #expect(try await replicas[1].objects("keyring/")[name] != nil)
        }

        @Test func theOldPasswordOpensWhereNoDeviceKeyDoes() async throws {
            #expect(try await machine.run("lock").exitCode == 0)
            _ = try await change(environment: Self.toNew, exitCode: 1)
            _ = try await change(
                environment: Self.toNew.merging(["PHOTOBACKUP_PASSWORD": "wrong"]) { $1 }, exitCode: 12)
            for replica in replicas { #expect(try await replica.objects("keyring/").count == 1) }
            _ = try await change(environment: Self.toNew.merging(Machine.withPassword) { $1 })
            try await expectOpens(Self.withNew)
        }

        @Test func aSecondChangeReplacesTheFirst() async throws {
            _ = try await change(environment: Self.toNew)
            let second = try await change(environment: ["PHOTOBACKUP_NEW_PASSWORD": Machine.password])
            #expect(
                second.summary["keyring"] as? Int == 3 && second.summary["keyrings_replaced"] as? Int == 1)
            try await expectOpens(Self.withNew, exitCode: 12)
            try await expectOpens(Machine.withPassword)
        }

        /// A provider that shows the vault as it was before the change is not believed beside one that shows more.
        @Test func anOlderKeyringNeverWins() async throws {
            let before = Set(try await replicas[0].objects().keys)
            _ = try await change(environment: Self.toNew)
            for name in try await replicas[0].objects().keys where !before.contains(name) {
                try await replicas[0].delete(name)
            }
            for shown in [replicas, replicas.reversed(), [replicas[0], replicas[2]]] {
                try await expectOpens(Machine.withPassword, exitCode: 12, on: shown)
                try await expectOpens(Self.withNew, on: shown)
            }
            // An old keyring under a later name is none.
            let old = try #require(before.first { $0.hasPrefix("keyring/") })
            let renamed = "keyring/0000000009-" + old.suffix(69)
            try await replicas[0].write(try await replicas[0].read(old), to: renamed)
            try await expectOpens(Machine.withPassword, exitCode: 12)
            // The machine that changed it knows what is missing, and puts it back.
            #expect(try await machine.run("verify").exitCode == 5)
            #expect(try await machine.run("heal").exitCode == 0)
            try await expectOpens(Machine.withPassword, exitCode: 12, on: [replicas[1]])
        }

        @Test func aProviderThatIsDownCatchesUp() async throws {
            try machine.configure(replicas.configuration(reaching: [1: "http://127.0.0.1:9"]))
            _ = try await change(environment: Self.toNew, exitCode: 4)
            #expect(try await replicas[1].objects("keyring/").count == 1)
            try machine.configure(replicas.configuration())
            #expect(try await machine.run("heal").exitCode == 0)
            for replica in replicas { try await expectOpens(Self.withNew, on: [replica]) }
        }

        @Test func shortOfTheQuorumNothingChanges() async throws {
            let down = "http://127.0.0.1:9"
            try machine.configure(replicas.configuration(reaching: [0: down, 1: down]))
            let run = try await change(environment: Self.toNew, exitCode: 1)
            #expect(run.output.contains("1 of 3 providers answered"), "\(run)")
            try await expectOpens(Machine.withPassword)
        }

        @Test func theWordsSetANewPasswordHoweverTheyAreTyped() async throws {
            #expect(try await machine.run("lock").exitCode == 0)
            let typed = words.split(separator: " ").enumerated().map { place, word in
                place % 2 == 0 ? word.uppercased() : String(word.prefix(4))
            }.joined(separator: " \n\t ")
            _ = try await change(
                "reset", environment: Self.toNew.merging(["PHOTOBACKUP_RECOVERY_PHRASE": typed]) { $1 })
            try await expectOpens(Self.withNew)
            try await expectOpens(Machine.withPassword, exitCode: 12)
        }

        @Test func wrongWordsChangeNothing() async throws {
            let given = words.split(separator: " ").map(String.init)
            var unknown = given
            unknown[6] = "photograph"
            var swapped = given
            // Two words that differ, so that the checksum sees it, but for one in 256: which the vault then sees.
            let other = try #require(given.indices.first { given[$0] != given[0] })
            swapped.swapAt(0, other)
            let others = try await Machine(Replica.onThreeServers()).initialise()
            let wrong: [(phrase: String, message: String?)] = [
                (unknown.joined(separator: " "), "word 7 is not in the list"),
                (given.dropLast().joined(separator: " "), "23 words instead of 24"),
                (swapped.joined(separator: " "), nil), (others, "the 24 words do not open this vault"),
            ]
            for (phrase, message) in wrong {
                let run = try await change(
                    "reset", environment: Self.toNew.merging(["PHOTOBACKUP_RECOVERY_PHRASE": phrase]) { $1 },
                    exitCode: 12)
                if let message { #expect(run.output.contains(message), "\(run)") }
                let said = Set(run.output.split { !$0.isLetter }.map(String.init))
                #expect(!said.contains("photograph") && said.intersection(given).count < 12, "\(run)")
            }
            for replica in replicas { #expect(try await replica.objects("keyring/").count == 1) }
        }

        @Test func aDryRunChangesNothing() async throws {
            let run = try await machine.run("password", "change", "-n")
            #expect(run.exitCode == 0, "\(run)")
            for replica in replicas { #expect(try await replica.objects("keyring/").count == 1) }
        }
    }
}
