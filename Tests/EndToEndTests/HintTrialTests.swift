import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// What the program advises is tried: the hint is given, and doing what it says ends well.
    @Suite struct HintTrialTests {
        struct Trial: Sendable, CustomTestStringConvertible {
            let hint: String
            var prepare: @Sendable (Machine) async throws -> Void = { _ in }
            /// What ends badly; `SHOOT`, `DISK1` and `TO` are folders of the machine.
            let command: [String]
            /// What the hint says, done by hand.
            var cureByHand: @Sendable (Machine) async throws -> Void = { _ in }
            /// And what then ends with 0.
            let cures: [[String]]
            var testDescription: String { hint }

            init(
                _ hint: String, _ command: String, cures: String...,
                prepare: @escaping @Sendable (Machine) async throws -> Void = { _ in },
                byHand: @escaping @Sendable (Machine) async throws -> Void = { _ in }
            ) {
                self.hint = hint
                self.command = command.components(separatedBy: " ")
                self.cures = cures.map { $0.components(separatedBy: " ") }
                self.prepare = prepare
                cureByHand = byHand
            }
        }

        static let trials: [Trial] = [
            Trial("photobackup snapshots shows what there is", "restore Nothing --to TO", cures: "snapshots"),
            Trial(
                "photobackup snapshots without a name lists them all", "snapshots Nothing", cures: "snapshots"
            ),
            Trial(
                "photobackup find --name 'x.jpg' looks for files of that name in all of them", "find x.jpg",
                cures: "find --name x.jpg"),
            Trial(
                "backup takes names of collections; photobackup archive FOLDER --as NAME takes a folder",
                "backup SHOOT", cures: "archive SHOOT --as Another"),
            Trial(
                "add one with a name and sources, or use photobackup archive FOLDER --as NAME", "backup",
                cures: "archive SHOOT --as Another"),
            Trial("the configuration names: ", "verify --provider nowhere", cures: "verify --provider disk1"),
            Trial("there are 3", "safe-to-format SHOOT --copies 4", cures: "safe-to-format SHOOT --copies 3"),
            Trial(
                "keep them apart with --label NAME, or put them in place of the old ones with --replace",
                "archive SHOOT --as Shoot", cures: "archive SHOOT --as Shoot --label second",
                "archive SHOOT --as Shoot --replace"
            ) { try Folder(path: Array($0.scratch("shoot").utf8)).write([9, 9], to: "a.jpg") },
            Trial(
                "give the new vault a bucket or a prefix of its own", "init --kdf-strength interactive",
                cures: "init --kdf-strength interactive"
            ) { _ in
            } byHand: { machine in
                try machine.configure(
                    "[[provider]]\nname = \"new\"\npath = \"\(try machine.scratch.folder("new").text)\"\n")
            },
            Trial(
                "a manifest overwrites nothing: name another", "safe-to-format SHOOT --manifest TO/m",
                cures: "safe-to-format SHOOT --manifest TO/another"
            ) { try $0.scratch.folder("to").write([1], to: "m") },
            Trial(
                "patterns are written as in a .gitignore file", "restore Shoot --to TO --exclude a\\",
                cures: "restore Shoot --to TO --exclude a\\\\"),
            Trial(
                "write it, or name another with --config or PHOTOBACKUP_CONFIG", "status",
                cures: "status --config ELSEWHERE"
            ) { machine in
                let path = machine.scratch("home/.config/photobackup/config.toml")
                try #require(rename(path, machine.scratch("elsewhere.toml")) == 0)
            },
            Trial(
                "photobackup init makes one", "archive SHOOT --as Shoot",
                cures: "init --kdf-strength interactive",
                "archive SHOOT --as Shoot"
            ) { machine in
                try machine.configure(
                    "[[provider]]\nname = \"new\"\npath = \"\(try machine.scratch.folder("new").text)\"\n")
            },
        ]

        @Test(arguments: trials)
        func theHintIsGivenAndHelps(trial: Trial) async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            try await machine.archive(shoot)
            _ = try machine.scratch.folder("to")
            try await trial.prepare(machine)
            func run(_ words: [String]) async throws -> ProgramRun {
                let arguments = words.map { word in
                    word.replacing("SHOOT", with: shoot.text).replacing("TO", with: machine.scratch("to"))
                        .replacing("ELSEWHERE", with: machine.scratch("elsewhere.toml"))
                }
                return await machine.finish(try machine.start(arguments, environment: Machine.withPassword))
            }
            let failed = try await run(trial.command)
            #expect(failed.exitCode != 0, "\(failed)")
            #expect(failed.error.contains("hint: \(trial.hint)"), "\(failed)")
            try await trial.cureByHand(machine)
            for cure in trial.cures {
                let cured = try await run(cure)
                #expect(cured.exitCode == 0, "\(cure): \(cured)")
            }
        }
    }
}
