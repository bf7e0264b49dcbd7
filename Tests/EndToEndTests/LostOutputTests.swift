import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// Standard output or error that is closed, full, or read by nobody: what was done counts, and what was only to be told
    /// has failed.
    @Suite struct LostOutputTests {
        private static let done = [
            ["backup"], ["archive", "SHOOT", "--as", "Other"], ["restore", "Shoot", "--to", "RESTORED"],
            ["verify"], ["heal"], ["unlock"], ["drill", "--files", "1"], ["forget", "--keep-last", "1"],
            ["prune"], ["undelete"],
        ]
        private static let told = [
            ["ls", "Shoot"], ["find", "Shoot"], ["snapshots"], ["status"], ["diff", "Shoot"], ["config"],
            ["provider", "list"], ["share", "list"], ["doctor"], ["kit"], ["--help"], ["backup", "--json"],
            ["verify", "--json"],
        ]

        private func run(_ words: [String], _ redirection: String, on machine: Machine) async throws
            -> ProgramRun
        {
            let arguments = words.map { word in
                switch word {
                case "SHOOT": machine.scratch("shoot")
                case "RESTORED": machine.scratch("restored-\(UUID().uuidString)")
                default: word
                }
            }
            return await machine.finish(
                try machine.start(
                    arguments, environment: Machine.withPassword,
                    launcher: ["/bin/bash", "-c", "\"$@\" \(redirection)", "bash"]))
        }

        @Test(arguments: [">&-", ">/dev/full", ">&- <&-", ">/dev/full 2>/dev/full", ">&- 2>&- <&-"])
        func whatWasDoneCounts(redirection: String) async throws {
            let machine = try await Machine.onFolders()
            for words in Self.done {
                let run = try await run(words, redirection, on: machine)
                #expect(run.exitCode == 0, "\(words): \(run)")
                guard !redirection.contains("2>"), words != ["undelete"] else { continue }
                #expect(run.warnings(of: "standard output: ") == 1, "\(words): \(run)")
            }
            for words in Self.told {
                let run = try await run(words, redirection, on: machine)
                #expect(run.exitCode == 1, "\(words): \(run)")
                guard !redirection.contains("2>") else { continue }
                #expect(run.error.contains("photobackup: error: standard output: "), "\(words): \(run)")
            }
            // Nothing that was to be said has gone into a file that took the number of standard output.
            for words in [["verify", "--level", "read"], ["backup"]] {
                let run = try await machine.finish(machine.start(words))
                #expect(run.exitCode == 0 && run.error == "", "\(words): \(run)")
            }
        }

        @Test(arguments: done + told)
        func aReaderThatGoesAwayIsNoFailure(words: [String]) async throws {
            let machine = try await Machine.onFolders()
            let run = try await run(words, "| true; exit ${PIPESTATUS[0]}", on: machine)
            #expect(run.exitCode == 0, "\(run)")
        }

        @Test func aLostStandardErrorChangesNothing() async throws {
            let machine = try await Machine.onFolders()
            for redirection in ["2>&-", "2>/dev/full"] {
                for words in Self.done + Self.told {
                    let run = try await run(words, redirection, on: machine)
                    #expect(run.exitCode == 0, "\(words): \(run)")
                }
                #expect(
                    try await run(["restore", "None", "--to", "RESTORED"], redirection, on: machine).exitCode
                        == 1)
            }
        }

        /// Without its words a vault is lost with its password.
        @Test(arguments: [">&-", ">/dev/full"])
        func noVaultIsMadeWhoseWordsNobodyCanRead(redirection: String) async throws {
            let machine = try Machine([])
            try machine.configureFolders()
            let words = ["init", "--kdf-strength", "interactive"]
            let run = try await run(words, redirection, on: machine)
            #expect(run.exitCode == 1 && run.error.contains("no vault was made"), "\(run)")
            for name in ["a", "b", "c"] {
                // The places were tried before, and what that put there is gone again.
                let left = try FileManager.default.subpathsOfDirectory(
                    atPath: machine.scratch("replica-\(name)"))
                #expect(left.filter { !["probe", ".tmp~"].contains($0) } == [])
            }
            _ = try await machine.initialise()
        }
    }
}
