import Crypto
import Foundation
import ProgramTesting
import Testing

/// What a failing disk, a hostile provider or a misconfigured proxy does to objects.
enum Damage: CaseIterable {
    case cutShort
    case changed
    case swapped
    case replacedByAPage

    /// Damages every one of these objects of a replica.
    func apply(to names: [String], of replica: Replica) async throws {
        var contents: [[UInt8]] = []
        for name in names { contents.append(try await replica.read(name)) }
        for (index, name) in names.enumerated() {
            var bytes = contents[index]
            switch self {
            case .cutShort: bytes.removeLast(bytes.count / 3)
            case .changed: bytes[bytes.count / 2] ^= 1
            case .swapped: bytes = contents[(index + 1) % contents.count]
            case .replacedByAPage:
                bytes = Array("<!DOCTYPE html><html><body>Service unavailable</body></html>".utf8)
            }
            try await replica.write(bytes, to: name)
        }
    }
}

extension EndToEnd {
    /// A damaged replica is noticed, gone round, named and put right.
    @Suite struct DamageTests {
        @Test(arguments: Damage.allCases)
        func damagedPacksAreGoneRoundNamedAndHealed(damage: Damage) async throws {
            let replicas = try Replica.onThreeServers()
            let (machine, original) = try await archivedShoot(on: replicas)
            let damaged = replicas[1]
            let names = try await damaged.packs().keys.sorted()
            #expect(names.count >= 4)
            try await damage.apply(to: names, of: damaged)

            // Even asked first, and by a machine that remembers nothing, it does no harm.
            try await machine.expectRestore(of: original, "--from", damaged.name)
            try await Machine(replicas).expectRestore(of: original, environment: Machine.withPassword)

            let before = try await damaged.objects()
            let verify = try await machine.run("verify", "--level", "read", "--json")
            #expect(verify.exitCode == 5, "\(verify)")
            #expect(verify.discrepancies(of: damaged.name) == names)
            #expect(verify.discrepancies(of: replicas[0].name) == [])
            let wrong = ["missing", "truncated", "corrupt"].map { verify.replica(damaged.name)?[$0] as? Int }
            #expect(wrong.compactMap(\.self).reduce(0, +) == names.count)
            #expect(try await damaged.objects() == before, "verify wrote")
            #expect(try await machine.run("status").exitCode == 5)

            try await expectHealed(machine, damaged, healedCount: names.count)
            try await Machine([damaged]).expectRestore(of: original, environment: Machine.withPassword)
        }

        /// The small objects too: keyring, collection, inventory, snapshot. README.txt, whose name holds no hash, can
        /// only be missed.
        @Test(arguments: Damage.allCases)
        func aReplicaWithNothingRightIsHealed(damage: Damage) async throws {
            let replicas = try Replica.onThreeServers()
            let (machine, original) = try await archivedShoot(on: replicas)
            let damaged = replicas[0]
            var names = try await damaged.objects().keys.filter { $0 != "README.txt" }
            try await damage.apply(to: names, of: damaged)
            try await damaged.delete("README.txt")
            names = (names + ["README.txt"]).sorted()

            try await machine.expectRestore(of: original, "--from", damaged.name)
            try await Machine(replicas).expectRestore(of: original, environment: Machine.withPassword)
            let verify = try await machine.run("verify", "--level", "read", "--json")
            #expect(verify.exitCode == 5, "\(verify)")
            #expect(verify.discrepancies(of: damaged.name) == names)

            try await expectHealed(machine, damaged, healedCount: names.count)
            try await Machine([damaged]).expectRestore(of: original, environment: Machine.withPassword)
        }

        /// Where the size is another one, the listing alone shows it; nothing has to be read.
        @Test func aListingShowsWhatIsMissingOrCutShort() async throws {
            let replicas = try Replica.onThreeServers()
            let (machine, _) = try await archivedShoot(on: replicas)
            let packs = try await replicas[2].objects("packs/").keys.sorted()
            try await Damage.cutShort.apply(to: [packs[0]], of: replicas[2])
            try await replicas[2].delete(packs[1])
            let verify = try await machine.run("verify", "--json")
            #expect(verify.exitCode == 5, "\(verify)")
            #expect(verify.discrepancies(of: replicas[2].name) == Array(packs[0...1]))
            #expect(verify.replica(replicas[2].name)?["truncated"] as? Int == 1)
            #expect(verify.replica(replicas[2].name)?["missing"] as? Int == 1)
            #expect(verify.summary["bytes_read"] as? Int == 0)
            try await expectHealed(machine, replicas[2], healedCount: 2)
        }

        /// What no replica has right is not restored wrong, and is not called whole.
        @Test func aFileThatIsLostEverywhereIsNamed() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(3_000_000), to: "lost.raw")
            try await machine.archive(shoot)
            let packs = try await replicas[0].objects("packs/").keys.sorted()
            try shoot.write(randomBytes(1_000_000), to: "good.raw")
            try await machine.archive(shoot)
            for replica in replicas { try await Damage.changed.apply(to: packs, of: replica) }

            let destination = machine.scratch("partly")
            let restore = try await machine.run("restore", "Shoot", "--to", destination)
            #expect(restore.exitCode == 1, "\(restore)")
            #expect(
                restore.error.contains("photobackup: error: shoot/lost.raw: not restored: "), "\(restore)")
            #expect(try names(in: Array("\(destination)/shoot".utf8)) == [Array("good.raw".utf8)])

            let heal = try await machine.run("heal", "--level", "read", "--json")
            #expect(heal.exitCode == 5, "\(heal)")
            #expect(heal.messages.contains { $0["message_type"] as? String == "error" })
        }

        private func archivedShoot(on replicas: [Replica]) async throws -> (Machine, FolderRecord) {
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...6 { try shoot.write(randomBytes(7_000_000 + number), to: "\(number).raw") }
            try shoot.write(Array("<x:xmpmeta/>".utf8), to: "1.xmp")
            try await machine.archive(shoot)
            return (machine, try FolderRecord(shoot.text))
        }

        private func expectHealed(
            _ machine: Machine, _ replica: Replica, healedCount: Int,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let heal = try await machine.run("heal", "--json")
            #expect(heal.exitCode == 0, "\(heal)", sourceLocation: sourceLocation)
            #expect(
                heal.replica(replica.name)?["healed"] as? Int == healedCount, "\(heal)",
                sourceLocation: sourceLocation)
            let verify = try await machine.run("verify", "--level", "decrypt", "--json")
            #expect(verify.exitCode == 0, "\(verify)", sourceLocation: sourceLocation)
            #expect(try await machine.run("status").exitCode == 0, sourceLocation: sourceLocation)
        }
    }
}

extension ProgramRun {
    /// The objects of a replica that were named as wrong, sorted.
    func discrepancies(of replica: String) -> [String] {
        messages.filter {
            $0["message_type"] as? String == "discrepancy" && $0["replica"] as? String == replica
        }
        .compactMap { $0["object"] as? String }.sorted()
    }
}
