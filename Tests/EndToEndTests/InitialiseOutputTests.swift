import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// What a person sees when a vault is made.
    @Suite struct InitialiseOutputTests {
        private func initialise(password: String, on machine: Machine) async throws -> ProgramRun {
            try machine.configureFolders()
            return try await machine.run(
                "init", "--kdf-strength", "interactive", environment: ["PHOTOBACKUP_PASSWORD": password])
        }

        @Test func theWordsFitATerminal() async throws {
            let run = try await initialise(password: Machine.password, on: Machine([]))
            #expect(run.exitCode == 0 && run.error == "", "\(run)")
            let rows = run.output.split(separator: "\n").filter { $0.hasPrefix("  ") }
            #expect(rows.count == 6 && rows.allSatisfy { $0.count <= 60 && $0.last != " " }, "\(run)")
            let words = rows.flatMap { $0.split(separator: " ") }
            #expect(words.count == 48)
            #expect(words.indices.filter { $0 % 2 == 0 }.map { words[$0] } == (1...24).map { "\($0)" })
        }

        /// It is taken: whoever tries the program out needs no other. It is said wherever one is set.
        @Test func aWeakPasswordIsTakenAndCalledSo() async throws {
            let machine = try Machine([])
            let run = try await initialise(password: "a", on: machine)
            #expect(run.exitCode == 0 && run.error.contains("it is weak: some 30 tries find it"), "\(run)")
            let weak = try await machine.run(
                "password", "change", "--kdf-strength", "interactive",
                environment: ["PHOTOBACKUP_NEW_PASSWORD": "1234"])
            #expect(weak.exitCode == 0 && weak.warnings(of: "password: it is weak") == 1, "\(weak)")
            // As the hint says.
            let strong = try await machine.run(
                "password", "change", "--kdf-strength", "interactive",
                environment: ["PHOTOBACKUP_NEW_PASSWORD": Machine.password])
            #expect(strong.exitCode == 0 && strong.error == "", "\(strong)")
            let empty = try await machine.run(
                "password", "change", environment: ["PHOTOBACKUP_NEW_PASSWORD": ""])
            #expect(empty.exitCode == 1, "\(empty)")
        }
    }
}
