import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// Whoever is told of runs, and the hooks around them.
    @Suite struct TellingTests {
        private func paths(_ server: ScriptedServer) -> [String] { server.requests.map(\.target) }

        @Test func aPingTellsTheStartAndHowItEnded() async throws {
            let server = try ScriptedServer([.answer(200)])
            let unattended = try await UnattendedMachine()
            let notify = "[notify]\nping = \"\(server.endpoint)/secret-id?rid=7\"\n"
            try unattended.configure(notify)
            #expect(try await unattended.machine.run("backup").exitCode == 0)
            #expect(paths(server) == ["/secret-id/start?rid=7", "/secret-id?rid=7"])

            try unattended.configure(notify, sources: [unattended.path("not-mounted")])
            let run = try await unattended.machine.run("backup")
            #expect(run.exitCode == 1)
            #expect(paths(server).suffix(2) == ["/secret-id/start?rid=7", "/secret-id/1?rid=7"])
            // A dry run is nobody's business.
            _ = try await unattended.machine.run("backup", "-n")
            #expect(server.requests.count == 4)
        }

        /// Who cannot be told is named, and the backup has been made all the same.
        @Test func aPingThatFailsOrHangsIsNoFailureOfTheBackup() async throws {
            let unattended = try await UnattendedMachine()
            let broken = try ScriptedServer([.answer(500)])
            let silent = try ScriptedServer([.silence])
            for (address, reason) in [
                (broken.endpoint, "HTTP status 500"), ("http://127.0.0.1:9", "Couldn't connect"),
                (silent.endpoint, "Timeout was reached"),
            ] {
                try unattended.configure("[notify]\nping = \"\(address)/secret-id\"\n")
                let run = try await unattended.machine.run("backup")
                #expect(run.exitCode == 0, "\(run)")
                #expect(
                    run.error.contains("nobody was told by notify.ping: ") && run.error.contains(reason),
                    "\(run)")
                // Whoever knows the address can ping in this vault's name.
                #expect(!run.error.contains("secret-id"))
            }
        }

        @Test func theCommandGetsTheSummary() async throws {
            let unattended = try await UnattendedMachine()
            try unattended.configure(
                """
                [notify]
                command = "cat >'\(unattended.path("told.json"))'; echo $PHOTOBACKUP_COMMAND $PHOTOBACKUP_EXIT_CODE >'\(unattended.path("told"))'"
                """)
            #expect(try await unattended.machine.run("backup").exitCode == 0)
            #expect(try unattended.text("told") == "backup 0\n")
            let data = Data(try unattended.text("told.json").utf8)
            let summary = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(summary["message_type"] as? String == "summary")
            #expect(summary["files_new"] as? Int == 1)
            #expect((summary["replicas"] as? [[String: Any]])?.count == 2)

            try unattended.configure("[notify]\ncommand = \"exit 3\"\n")
            let run = try await unattended.machine.run("backup")
            #expect(run.exitCode == 0)
            #expect(run.error.contains("nobody was told by notify.command"), "\(run)")
        }

        @Test func hooksRunBeforeAndAfter() async throws {
            let unattended = try await UnattendedMachine()
            let log = unattended.path("log")
            try unattended.configure(
                """
                [hooks]
                before = "echo before $PHOTOBACKUP_COMMAND >>'\(log)'; echo said"
                after = "echo after $PHOTOBACKUP_EXIT_CODE >>'\(log)'"
                """)
            let run = await unattended.machine.finish(try unattended.machine.start(["backup", "--json"]))
            #expect(run.exitCode == 0, "\(run)")
            // What it prints is none of the program's messages.
            #expect(run.error.contains("said\n"))
            #expect(try unattended.text("log") == "before backup\nafter 0\n")
        }

        @Test func aHookThatFailsBeforeKeepsTheRunFromBeginning() async throws {
            let unattended = try await UnattendedMachine()
            try unattended.configure(
                "[hooks]\nbefore = \"exit 9\"\nafter = \"touch '\(unattended.path("after"))'\"\n")
            let run = try await unattended.machine.run("backup")
            #expect(run.exitCode == 1)
            #expect(run.error.contains("hooks.before: the command ended with exit code 9"), "\(run)")
            #expect(unattended.exists("after"))
            #expect(!unattended.exists("one/snapshots"))
        }

        @Test func metricsAreWrittenWhole() async throws {
            let unattended = try await UnattendedMachine()
            let file = unattended.path("photobackup.prom")
            #expect(try await unattended.machine.run("backup", "--metrics", file).exitCode == 0)
            let text = try unattended.text("photobackup.prom")
            for line in [
                "# TYPE photobackup_exit_code gauge", #"photobackup_exit_code{command="backup"} 0"#,
                #"photobackup_files_new{command="backup"} 1"#,
                #"photobackup_replica_packs_missing{command="backup",replica="two"} 0"#,
            ] {
                #expect(text.contains("\n\(line)\n") || text.hasPrefix("\(line)\n"), "\(line) in \(text)")
            }
            let done = try #require(
                text.split(separator: "\n").first { $0.contains("last_done_time_seconds{") })
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: unattended.path("")).filter {
                    $0.hasSuffix(".tmp")
                }.isEmpty)

            // When all was well for the last time is still told by a run that fails.
            try unattended.configure(
                "[notify]\nmetrics = \"\(file)\"\n", sources: [unattended.path("not-mounted")])
            #expect(try await unattended.machine.run("backup").exitCode == 1)
            let failed = try unattended.text("photobackup.prom")
            #expect(failed.contains(#"photobackup_exit_code{command="backup"} 1"#))
            #expect(failed.contains(done))
        }

        @Test(arguments: ["no-folder/photobackup.prom", "card"])
        func metricsThatCannotBeWrittenAreRefusedBeforehand(name: String) async throws {
            let unattended = try await UnattendedMachine()
            let run = try await unattended.machine.run("backup", "--metrics", unattended.path(name))
            #expect(run.exitCode == 78, "\(run)")
            #expect(run.error.contains("hint: metrics go into a file"), "\(run)")
            #expect(!unattended.exists("one/snapshots"))
            let told = try await unattended.machine.run(
                "backup", "--metrics", unattended.path("photobackup.prom"))
            #expect(told.exitCode == 0 && unattended.exists("photobackup.prom"), "\(told)")
        }
    }
}
