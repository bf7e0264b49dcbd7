import Crypto
import ProgramTesting
import Testing

extension EndToEnd {
    /// What lies in a vault's folders and is nobody's: it is said, and goes only when that is asked for.
    @Suite struct StrayTests {
        @Test func whatIsNobodysGoesWhenThatIsAskedFor() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(20_000), to: "a.jpg")
            try await machine.archive(shoot)
            let junk = "snapshots/notes.txt"
            let foreign = "holiday/1.jpg"
            for name in [junk, foreign] { try await replicas[1].write([1], to: name) }

            let healed = try await machine.run("heal")
            #expect(healed.exitCode == 0 && healed.output.contains("stray: \(junk)"), "\(healed)")
            let shown = try await machine.run("heal", "--remove-strays", "-n")
            #expect(shown.exitCode == 0 && "\(shown)".contains("would remove \(junk)"), "\(shown)")
            #expect(try await replicas[1].objects()[junk] == 1)

            let removed = try await machine.run("heal", "--remove-strays")
            #expect(removed.exitCode == 0 && "\(removed)".contains("removed \(junk)"), "\(removed)")
            #expect(
                "\(removed)".contains("\(foreign) stays: it is in none of the vault's folders"), "\(removed)")
            let left = try await replicas[1].objects()
            #expect(left[junk] == nil && left[foreign] == 1)
            #expect(try await machine.run("verify", "--level", "decrypt").exitCode == 0)

            // Who has not the keys cannot tell what is the vault's.
            #expect(try await machine.run("heal", "--remove-strays", "--keyless").exitCode == 64)
        }
    }
}
