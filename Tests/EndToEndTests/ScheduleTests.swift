import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// Runs that begin by themselves.
    @Suite struct ScheduleTests {
        private func parts(_ run: ProgramRun) -> [String: Int] {
            let parts = run.summary["parts"] as? [[String: Any]] ?? []
            return Dictionary(
                uniqueKeysWithValues: parts.compactMap { part in
                    (part["part"] as? String).flatMap { name in (part["exit_code"] as? Int).map { (name, $0) }
                    }
                })
        }

        private func run(_ unattended: UnattendedMachine, _ options: String...) async throws -> ProgramRun {
            await unattended.machine.finish(
                try unattended.machine.start(["schedule", "run", "--json"] + options))
        }

        @Test func aRunDoesEverythingInItsOrder() async throws {
            let unattended = try await UnattendedMachine("[retention]\nkeep_last = 1\n")
            let first = try await run(unattended)
            #expect(first.exitCode == 0, "\(first)")
            let names = (first.summary["parts"] as? [[String: Any]])?.compactMap { $0["part"] as? String }
            #expect(names == ["backup", "catch-up", "verify", "drill", "locks", "links", "forget", "prune"])

            try unattended.card.write(randomBytes(5000), to: "2.raw")
            let second = try await run(unattended)
            #expect(second.exitCode == 0, "\(second)")
            // Once a month.
            #expect(parts(second)["drill"] == nil && parts(second)["verify"] == 0)
            // The rule keeps the last one; the other is forgotten.
            let snapshots = try await unattended.machine.run("snapshots", "--json")
            #expect(
                snapshots.messages.count { $0["message_type"] as? String == "snapshot" } == 1, "\(snapshots)")

            let shown = try await unattended.machine.run("schedule", "show")
            #expect(shown.output.contains("ended with exit code 0"), "\(shown)")
        }

        @Test func aPartThatFailsDoesNotStopTheNext() async throws {
            let unattended = try await UnattendedMachine()
            #expect(try await run(unattended).exitCode == 0)
            // The source is on a disk that is not mounted; and something is damaged.
            try unattended.configure(
                "[schedule]\nverify_days = 1\n", sources: [unattended.path("not-mounted")])
            let packs = unattended.path("one/packs")
            let pack = try #require(
                FileManager.default.subpaths(atPath: packs)?.first { $0.count > 60 })
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: "\(packs)/\(pack)"))
            try file.write(contentsOf: [1, 2, 3, 4])
            try file.close()
            let failed = try await run(unattended)
            #expect(failed.exitCode == 1, "\(failed)")
            #expect(parts(failed)["backup"] == 1)
            #expect(parts(failed)["verify"] == 5)
            #expect(parts(failed)["prune"] == 0)
            // The old snapshot is kept.
            let listed = try await unattended.machine.run("ls", "Card")
            #expect(listed.output.contains("1.raw"))
        }

        @Test func aDiskThatIsAwayAsExpectedHoldsUpThePruneAlone() async throws {
            let unattended = try await UnattendedMachine()
            let shelf = try unattended.machine.scratch.folder("shelf").text
            let provider =
                "[[provider]]\nname = \"shelf\"\npath = \"\(shelf)\"\nexpected_every = \"30d\"\n"
            try unattended.configure(provider)
            let filled = try await run(unattended)
            #expect(filled.exitCode == 0, "\(filled)")
            try FileManager.default.moveItem(atPath: shelf, toPath: shelf + "-away")
            let away = try await run(unattended)
            #expect(away.exitCode == 0, "\(away)")
        }

        @Test func aRunBesideAnotherOneEndsWith11AndIsStillDue() async throws {
            let unattended = try await UnattendedMachine()
            let folder = try #require(
                try FileManager.default.contentsOfDirectory(
                    atPath: unattended.path("home/.local/state/photobackup")
                ).first { $0.count == 32 })
            let lock = unattended.path("home/.local/state/photobackup/\(folder)/lock")
            let descriptor = try check("open", open(lock, O_RDWR | O_CREAT, 0o600))
            defer { close(descriptor) }
            _ = try check("flock", flock(descriptor, LOCK_EX))
            #expect(try await run(unattended, "--every", "5m").exitCode == 11)
            flock(descriptor, LOCK_UN)
            let made = try await run(unattended, "--every", "5m", "--jitter", "0s")
            #expect(made.exitCode == 0)
            #expect(parts(made)["backup"] == 0, "\(made)")
            // Until the next moment there is nothing to do.
            let again = try await run(unattended, "--daily", "00:00", "--jitter", "0s")
            #expect(again.exitCode == 0)
            #expect(again.summary["parts"] == nil, "\(again)")
        }

        @Test func everythingElseOnTheMachineGoesFirst() async throws {
            let unattended = try await UnattendedMachine()
            try unattended.configure(
                "[hooks]\nafter = \"(ps -o ni= -p $PPID; ionice -p $PPID) >'\(unattended.path("priority"))'\"\n"
            )
            #expect(try await run(unattended).exitCode == 0)
            let words = try unattended.text("priority").split(whereSeparator: \.isWhitespace)
            #expect(words == ["19", "idle"])
        }

        @Test func theLogIsTurnedOver() async throws {
            let unattended = try await UnattendedMachine()
            let log = unattended.path("run.log")
            try Data(count: 2 << 20).write(to: URL(fileURLWithPath: log))
            let run = try await unattended.machine.run("schedule", "run", "--log", log)
            #expect(run.exitCode == 0 && run.output.isEmpty && run.error.isEmpty, "\(run)")
            #expect(try unattended.text("run.log").contains("run ends with exit code 0"))
            let older = try FileManager.default.attributesOfItem(atPath: log + ".1")[.size] as? Int
            #expect(older == 2 << 20)
        }

        @Test(arguments: [
            (["install"], "say when"), (["install", "--daily", "25:00"], "'25:00'"),
            (["install", "--daily", "2:3"], "'2:3'"), (["install", "--every", "7h"], "--every takes"),
            (["install", "--every", "1h", "--daily", "02:30"], "exclude"),
            (["install", "--every", "15m", "--jitter", "2h"], "--jitter takes"),
            (["install", "--cron", "--systemd", "--daily", "02:30"], "exclude"),
            (["run", "--log", "/no/such/folder/log"], "the log is a file"),
        ])
        func impossibleTimesAreRefused(arguments: [String], words: String) async throws {
            let machine = try Machine([], configuration: "[[provider]]\nname = \"a\"\npath = \"/tmp\"\n")
            let run = await machine.finish(try machine.start(["schedule"] + arguments))
            #expect(run.exitCode == 64, "\(run)")
            #expect(run.error.contains(words), "\(run)")
            #expect(run.error.contains("hint: "), "\(run)")
        }
    }
}
