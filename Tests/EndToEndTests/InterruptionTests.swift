import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// What was stored before a run was ended stays stored.
    @Suite struct InterruptionTests {
        private static let packByteCount = 17 << 20

        @Test(arguments: [SIGINT, SIGKILL])
        func theNextRunStoresOnlyWhatIsNotThere(signal: CInt) async throws {
            let replicas = try Replica.onThreeServers()
            // Two packs and more get to rclone whole, then no more: at most four are on their way.
            let gate = try ByteGate(to: replicas[1].server, after: 100_000_000)
            defer { gate.close() }
            let machine = try Machine(
                replicas,
                configuration: replicas.configuration(reaching: [1: gate.endpoint]))
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...16 { try shoot.write(randomBytes(10_000_000), to: "\(number).raw") }
            let original = try FolderRecord(shoot.text)

            let first = try machine.start(["archive", shoot.text, "--as", "Shoot", "--json"])
            await gate.waitUntilHeld()
            let stored = try await bytesOnAll(replicas, ofPacksOn: replicas[1])
            #expect(stored > Self.packByteCount)
            first.send(signal)
            if signal == SIGINT { gate.open() }
            let ended = await machine.finish(first)
            #expect(ended.exitCode == (signal == SIGINT ? 130 : -SIGKILL), "\(ended)")
            gate.open()

            let second = await machine.finish(
                try machine.start(["archive", shoot.text, "--as", "Shoot", "--json"]))
            #expect([0, 4].contains(second.exitCode), "\(second)")
            let bytesStored = try #require(second.summary["bytes_stored"] as? Int)
            // All of the content but what was there; the last pack there may have been acknowledged too late.
            #expect(bytesStored < 160_200_000 - stored + Self.packByteCount)
            let heal = try await machine.run("heal", "--json")
            #expect(heal.exitCode == 0, "\(heal)")
            for replica in replicas {
                try await machine.expectRestore(of: original, "--from", replica.name)
            }
            let third = try await machine.archive(shoot)
            #expect(third.summary["packs_stored"] as? Int == 0)
        }

        /// Waits until the packs of one replica are on all, and returns their size.
        private func bytesOnAll(_ replicas: [Replica], ofPacksOn replica: Replica) async throws -> Int {
            let packs = try await replica.objects("packs/")
            for other in replicas {
                while try await !Set(packs.keys).isSubset(of: other.objects("packs/").keys) {
                    try Task.checkCancellation()
                }
            }
            return packs.values.reduce(0, +)
        }

        @Test func anotherRunIsRefusedWhileOneIsGoingOn() async throws {
            let replicas = try Replica.onThreeServers()
            let gate = try ByteGate(to: replicas[0].server, after: 10_000_000)
            defer { gate.close() }
            let machine = try Machine(
                replicas,
                configuration: replicas.configuration(reaching: [0: gate.endpoint]))
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(20_000_000), to: "a.raw")

            let first = try machine.start(["archive", shoot.text, "--as", "Shoot", "--json"])
            await gate.waitUntilHeld()
            let other = try machine.scratch.folder("other")
            try other.write([1], to: "b.jpg")
            // The same vault, and a way to it that is not held.
            let direct = machine.scratch("direct.toml")
            let text = replicas.configuration()
            try Data(text.utf8).write(to: URL(fileURLWithPath: direct))
            let second = try await machine.run("archive", other.text, "--as", "Other", "--config", direct)
            #expect(second.exitCode == 11, "\(second)")
            #expect(second.error.contains("another run is going on\nhint: "))
            gate.open()
            let done = await machine.finish(first)
            #expect(done.exitCode == 0, "\(done)")
            // As the hint says.
            let later = try await machine.run("archive", other.text, "--as", "Other", "--config", direct)
            #expect(later.exitCode == 0, "\(later)")
        }
    }
}
