import Foundation
import ProgramTesting
import ServerTesting
import SoakTesting
import Synchronization
import Testing

extension EndToEnd {
    /// The built program, killed at random requests to real servers, run after run. What a run promised with exit
    /// code 0 or 4 comes back.
    @Suite struct KillTests {
        /// The program that is to be killed, and at how many requests from now.
        private final class Victim: Sendable {
            private let state = Mutex<(program: RunningProgram?, left: Int)>((nil, .max))

            func set(_ program: RunningProgram?, after requests: Int = .max) {
                state.withLock { $0 = (program, requests) }
            }

            func countRequest() {
                state.withLock { state in
                    if state.left == 0 { state.program?.send(SIGKILL) }
                    if state.left < .max { state.left -= 1 }
                }
            }
        }

        @Test func whatWasPromisedSurvivesKills() async throws {
            for seed in Soak.seeds("PROGRAM", default: 2) {
                let comment: Comment =
                    "seed \(seed) (PHOTOBACKUP_SOAK_SEED=\(seed) PHOTOBACKUP_SOAK_PROGRAM=1)"
                do { try await runSequence(seed, comment) } catch { Issue.record("\(error): \(comment)") }
            }
        }

        private func runSequence(_ seed: UInt64, _ comment: Comment) async throws {
            var random = SeededGenerator(seed: seed)
            let (replicas, victim) = (try Replica.onThreeServers(), Victim())
            let proxies = try replicas.map { replica in
                try FaultProxy(to: replica.server) { _, _ in
                    victim.countRequest()
                    return .none
                }
            }
            defer { for proxy in proxies { proxy.close() } }
            let configuration = zip(replicas, proxies).map { $0.configuration(["endpoint": $1.endpoint]) }
            let machine = try Machine(replicas, configuration: configuration.joined(separator: "\n"))
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            var promises: [(snapshot: String, record: FolderRecord)] = []
            for step in 0..<6 {
                for number in 0..<Int.random(in: 1...3, using: &random) {
                    let bytes = random.bytes(random.pick([10, 5000, 400_000]))
                    try shoot.write(bytes, to: "\(step)-\(number).raw")
                }
                if random.chance(15) { try? machine.forget() }
                let isArchive = random.chance(70)
                let command =
                    isArchive ? ["archive", shoot.text, "--as", "Shoot"] : ["heal", "--level", "read"]
                let program = try machine.start(command + ["--json"], environment: Machine.withPassword)
                victim.set(
                    program, after: random.chance(60) ? Int.random(in: 0..<50, using: &random) : .max)
                let run = await program.finish()
                victim.set(nil)
                guard run.exitCode != -SIGKILL else { continue }
                #expect([0, 4].contains(run.exitCode), "\(run): \(comment)")
                guard isArchive, let snapshot = run.summary["snapshot_id"] as? String else { continue }
                promises.append((snapshot, try FolderRecord(shoot.text)))
            }
            for (snapshot, record) in promises {
                let destination = machine.scratch("restored-\(snapshot)")
                let run = try await machine.run(
                    "restore", "Shoot@\(snapshot)", "--to", destination, environment: Machine.withPassword)
                #expect(run.exitCode == 0, "\(run): \(comment)")
                #expect(try FolderRecord("\(destination)/shoot").differences(from: record) == [], comment)
            }
            let environment = Machine.withPassword
            let heal = try await machine.run("heal", "--level", "read", "--json", environment: environment)
            #expect(heal.exitCode == 0, "\(heal): \(comment)")
            let verify = try await machine.run(
                "verify", "--level", "decrypt", "--json", environment: environment)
            #expect(verify.exitCode == 0, "\(verify): \(comment)")
        }
    }
}
