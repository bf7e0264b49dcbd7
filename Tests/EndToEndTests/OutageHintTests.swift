import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Synchronization
import Testing

extension EndToEnd {
    /// What is advised while one of two providers answers nothing that a person could do something about.
    @Suite struct OutageHintTests {
        /// What is refused for now, by its method and a part of its address; nothing, if nil.
        private final class Refusal: Sendable {
            private let state = Mutex<(method: String, part: String)?>(nil)
            func set(_ method: String, _ part: String) { state.withLock { $0 = (method, part) } }
            func lift() { state.withLock { $0 = nil } }
            func fits(_ request: HTTPMessage) -> Bool {
                state.withLock {
                    $0.map { request.method == $0.method && request.target.contains($0.part) } ?? false
                }
            }
        }

        private let refusal: Refusal
        private let proxy: FaultProxy
        private let bucket: String
        private let machine: Machine
        private let shoot: Folder

        init() async throws {
            let refusal = Refusal()
            self.refusal = refusal
            let replica = try Replica(Servers.named("moto"), prefix: Replica.newPrefix())
            proxy = try FaultProxy(to: replica.server) { _, request in
                refusal.fits(request)
                    ? .answer(.answer(501, body: "<Error><Code>NotImplemented</Code></Error>")) : .none
            }
            bucket = replica.configuration(["endpoint": proxy.endpoint])
            machine = try Machine([], configuration: "")
            let disk = try machine.scratch.folder("disk1")
            try machine.configure(
                "quorum = 1\n[[provider]]\nname = \"disk1\"\npath = \"\(disk.text)\"\n" + bucket)
            _ = try await machine.initialise()
            shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            try await machine.archive(shoot)
        }

        @Test func whatIsDoneAgainWhenItAnswersEndsWell() async throws {
            let refusal = refusal
            let lift: HintTrial.Step = { _ in refusal.lift() }
            func refuse(_ method: String, _ part: String) -> HintTrial.Step {
                { _ in refusal.set(method, part) }
            }
            let list = try await machine.run("share", "identity", "--json")
            let key = try #require(list.messages.first { $0["public_key"] != nil }?["public_key"] as? String)
            let trials = [
                HintTrial(
                    "the next run copies what it misses from another replica", "archive @shoot --as Shoot",
                    cures: "archive @shoot --as Shoot",
                    before: { machine in
                        try machine.scratch.folder("shoot").write(randomBytes(1000), to: "b.jpg")
                        refusal.set("PUT", "packs/")
                    }, remedy: lift),
                HintTrial(
                    "photobackup heal gives it what it lacks", "share grant Shoot --to \(key) --name Anna",
                    cures: "heal", "share grant Shoot --to \(key) --name Anna",
                    before: refuse("PUT", "grants/"), remedy: lift),
                HintTrial(
                    "nothing is deleted while a provider is away: run it again when all answer", "prune",
                    cures: "prune", before: refuse("GET", "list-type"), remedy: lift),
                HintTrial(
                    "run it again: what is there stays there", "provider add moto",
                    cures: "provider add moto",
                    before: { machine in
                        let run = try await machine.run("provider", "add", "moto")
                        #expect(run.exitCode == 0, "\(run)")
                        try machine.scratch.folder("shoot").write(randomBytes(1000), to: "c.jpg")
                        refusal.set("PUT", "packs/")
                        try await machine.archive(machine.scratch.folder("shoot"), exitCode: 4)
                    }, remedy: lift),
            ]
            for trial in trials { try await trial.run(on: machine) }
        }

        @Test func aVaultIsFoundWhenTheOthersAnswer() async throws {
            let stranger = try Machine([], configuration: "")
            let empty = try stranger.scratch.folder("empty")
            try stranger.configure("[[provider]]\nname = \"empty\"\npath = \"\(empty.text)\"\n" + bucket)
            refusal.set("GET", "list-type")
            let away = try await stranger.run("snapshots", environment: Machine.withPassword)
            #expect(away.exitCode != 0 && away.gives(hint: "try again when the others answer"), "\(away)")
            refusal.lift()
            let found = try await stranger.run("snapshots", environment: Machine.withPassword)
            #expect(found.exitCode == 0, "\(found)")
        }
    }
}
