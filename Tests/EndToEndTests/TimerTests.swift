import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// The timers of real systems.
    @Suite struct TimerTests {
        /// What a command prints, errors too.
        private func run(_ command: String, home: String? = nil) async throws -> (
            exitCode: Int32, text: String
        ) {
            try await blocking {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/bin/bash")
                process.arguments = ["-c", command]
                var environment = ProcessInfo.processInfo.environment
                if let home { environment["HOME"] = home }
                environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
                process.environment = environment
                let pipe = Pipe()
                (process.standardOutput, process.standardError) = (pipe, pipe)
                try process.run()
                let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                return (process.terminationStatus, text)
            }
        }

        private var root: String {
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().path
        }

        @Test func aRealCronDaemonStartsARun() async throws {
            let unattended = try await UnattendedMachine()
            let run = try await run(
                "'\(root)/scripts/try-cron.sh' '\(RunningProgram.path)'", home: unattended.path("home"))
            #expect(run.exitCode == 0, "\(run.text)")
            #expect(
                run.text.contains(": written by photobackup schedule install"), "\(run.text)")
            #expect(unattended.exists("one/snapshots"))
        }

        @Test(arguments: [["--daily", "02:30"], ["--every", "6h"], ["--every", "15m"]])
        func systemdTakesTheUnits(times: [String]) async throws {
            let unattended = try await UnattendedMachine()
            let shown = await unattended.machine.finish(
                try unattended.machine.start(["schedule", "install", "--systemd", "-n"] + times))
            #expect(shown.exitCode == 0, "\(shown)")
            let units = shown.output.components(separatedBy: "# Written by photobackup schedule install.\n")
            try #require(units.count == 3)
            let (service, timer) = (
                String(units[1].prefix(upTo: units[1].range(of: "\n\n/")?.lowerBound ?? units[1].endIndex)),
                units[2]
            )
            let folder = try unattended.machine.scratch.folder("units").text
            try service.write(toFile: folder + "/photobackup.service", atomically: true, encoding: .utf8)
            try timer.write(toFile: folder + "/photobackup.timer", atomically: true, encoding: .utf8)
            let verified = try await run(
                "systemd-analyze verify '\(folder)/photobackup.service' '\(folder)/photobackup.timer'")
            #expect(verified.exitCode == 0 && !verified.text.contains("photobackup."), "\(verified.text)")

            let event = try #require(timer.split(separator: "\n").first { $0.hasPrefix("OnCalendar=") })
                .dropFirst("OnCalendar=".count)
            let calendar = try await run("systemd-analyze calendar '\(event)'")
            #expect(calendar.exitCode == 0 && calendar.text.contains("Next elapse"), "\(calendar.text)")

            // The call in the unit does what it is to do.
            let call = try #require(service.split(separator: "\n").first { $0.hasPrefix("ExecStart=") })
                .dropFirst("ExecStart=".count)
            let made = try await run("\(call)", home: unattended.path("home"))
            #expect(made.exitCode == 0, "\(made.text)")
            #expect(unattended.exists("two/snapshots"))
        }
    }
}
