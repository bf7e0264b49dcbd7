import Crypto
import ProgramTesting
import Testing

extension EndToEnd {
    /// Two machines use one vault at once.
    @Suite struct SeveralMachinesTests {
        @Test func twoArchiveAndBackUpAtOnce() async throws {
            let replicas = try Replica.onThreeServers()
            let studio = try await Machine.withVault(on: replicas)
            let laptop = try Machine(
                replicas,
                configuration: "host = \"laptop\"\n" + replicas.configuration())
            var originals: [FolderRecord] = []
            var runs: [RunningProgram] = []
            let common = randomBytes(2_000_000)
            for (machine, name) in [(studio, "studio"), (laptop, "laptop")] {
                let folder = try machine.scratch.folder(name)
                for number in 1...20 { try folder.write(randomBytes(1_000_000), to: "\(number).raw") }
                try folder.write(common, to: "common.raw")
                originals.append(try FolderRecord(folder.text))
                runs.append(
                    try machine.start(
                        ["archive", folder.text, "--as", "Shoot", "--json"],
                        environment: Machine.withPassword))
            }
            let checker = try Machine(replicas)
            let verify = try checker.start(["verify", "--json"], environment: Machine.withPassword)
            for (machine, run) in zip([studio, laptop], runs) {
                let ended = await machine.finish(run)
                #expect(ended.exitCode == 0, "\(ended)")
            }
            // It may have met the others halfway; nothing may look damaged to it.
            let verified = await checker.finish(verify)
            #expect([0, 4].contains(verified.exitCode), "\(verified)")

            let whole = try await checker.run(
                "verify", "--level", "decrypt", "--json", environment: Machine.withPassword)
            #expect(whole.exitCode == 0, "\(whole)")
            let restored = try await checker.restore(environment: Machine.withPassword)
            for (name, original) in zip(["studio", "laptop"], originals) {
                let differences = try FolderRecord("\(restored)/\(name)").differences(from: original)
                #expect(differences == [])
            }
        }
    }
}
