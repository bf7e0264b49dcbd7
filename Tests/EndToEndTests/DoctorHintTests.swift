import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Synchronization
import Testing

extension EndToEnd {
    /// What the doctor advises is done, and the doctor says it no more.
    @Suite struct DoctorHintTests {
        @Test func whatItAdvisesIsDone() async throws {
            let machine = try Machine([], configuration: "")
            for number in 1...3 { _ = try machine.scratch.folder("disk\(number)") }
            try machine.configureDisks()
            let words = try await machine.initialise()
            _ = try machine.scratch.folder("bin")
            try machine.write(
                "#!/bin/sh\ncase \"$1\" in\n-l) cat \"$HOME/table\" 2>/dev/null || { echo 'no crontab for me' >&2; exit 1; } ;;\n-) cat > \"$HOME/table\" ;;\nesac\n",
                to: "bin/crontab")
            _ = try check("chmod", chmod(machine.scratch("bin/crontab"), 0o755))
            // No crontab but the one above: that of who runs the tests stays as it is.
            let environment = ["PATH": "\(machine.scratch("bin")):/usr/bin:/bin"]
            let withWords = environment.merging(["PHOTOBACKUP_RECOVERY_PHRASE": words]) { $1 }
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            try await machine.archive(shoot)
            for trial in Self.trials(environment, withWords) { try await trial.run(on: machine) }
        }

        private static let sources = "[[collection]]\nname = \"Shoot\"\nsources = [\"SOURCE\"]\n"

        private static func source(_ name: String) -> HintTrial.Step {
            { try $0.configureDisks(sources.replacing("SOURCE", with: $0.scratch(name))) }
        }

        private static func trials(
            _ environment: [String: String], _ withWords: [String: String]
        ) -> [HintTrial] {
            [
                HintTrial(
                    "add a [[provider]] with name, endpoint, region and bucket, or with name and path",
                    "doctor",
                    cures: "doctor", before: { try $0.configure("") }, remedy: { try $0.configureDisks() },
                    environment: environment),
                HintTrial(
                    "add another [[provider]]; photobackup provider add fills it", "doctor",
                    cures: "provider add disk3", "doctor", before: { try $0.configureDisks(count: 2) },
                    remedy: { try $0.configureDisks() }, environment: environment),
                HintTrial(
                    "photobackup archive needs none", "doctor", cures: "archive @shoot --as Shoot",
                    environment: environment),
                HintTrial(
                    "photobackup unlock leaves a device key, and password_command names a command", "doctor",
                    cures: "doctor",
                    before: { machine in
                        let run = try await machine.run("lock")
                        #expect(run.exitCode == 0, "\(run)")
                    },
                    remedy: { machine in
                        let run = try await machine.run("unlock", environment: Machine.withPassword)
                        #expect(run.exitCode == 0, "\(run)")
                    }, environment: environment),
                HintTrial(
                    "photobackup kit, then photobackup kit verify", "doctor", cures: "kit --text @kit.txt",
                    "kit verify", "doctor", environment: withWords),
                HintTrial(
                    "photobackup drill restores a few files from each provider", "doctor", cures: "drill",
                    "doctor", environment: environment),
                HintTrial(
                    "photobackup provider probe …", "doctor", cures: "provider probe", "doctor",
                    environment: environment),
                HintTrial(
                    "is its disk mounted?", "doctor", cures: "doctor", before: source("away"),
                    remedy: { _ = try $0.scratch.folder("away") }, environment: environment),
                HintTrial(
                    "a vault is not backed up into itself: name a folder of photographs", "doctor",
                    cures: "doctor", before: source("disk1/packs"), remedy: source("shoot"),
                    environment: environment),
                HintTrial(
                    "move it to another disk, or add a provider elsewhere", "doctor", cures: "doctor",
                    before: { machine in
                        try machine.move("disk3", to: "shoot/disk3")
                        try machine.configure(
                            "[[provider]]\nname = \"disk3\"\npath = \"\(machine.scratch("shoot/disk3"))\"\n"
                                + (1...2).map {
                                    "[[provider]]\nname = \"disk\($0)\"\npath = \"\(machine.scratch("disk\($0)"))\"\n"
                                }.joined() + sources.replacing("SOURCE", with: machine.scratch("shoot")))
                    },
                    remedy: { machine in
                        try machine.move("shoot/disk3", to: "disk3")
                        try await source("shoot")(machine)
                    }, environment: environment),
                HintTrial(
                    "host = \"…\" in the configuration keeps one name, whatever the system is called",
                    "doctor",
                    cures: "doctor",
                    before: { machine in
                        try machine.configureDisks(
                            sources.replacing("SOURCE", with: machine.scratch("shoot")),
                            top: "host = \"other\"")
                        let run = try await machine.run("backup")
                        #expect(run.exitCode == 0, "\(run)")
                        try await source("shoot")(machine)
                        #expect(try await machine.run("backup").exitCode == 0)
                    },
                    remedy: { machine in
                        try machine.configureDisks(
                            sources.replacing("SOURCE", with: machine.scratch("shoot")), top: "host = \"one\""
                        )
                    }, environment: environment),
                HintTrial(
                    "photobackup schedule install --daily 02:30", "doctor",
                    cures: "schedule install --cron --daily 02:30", "doctor", environment: environment),
                HintTrial(
                    "the configuration can name a password_command, a profile or a credentials_command",
                    "schedule install --cron --daily 03:00", cures: "schedule run",
                    remedy: { machine in
                        try machine.write(Machine.password, to: "password")
                        _ = try check("chmod", chmod(machine.scratch("password"), 0o600))
                        try machine.configureDisks(
                            sources.replacing("SOURCE", with: machine.scratch("shoot")),
                            top: "password_command = \"cat \(machine.scratch("password"))\"")
                    },
                    environment: environment.merging(["PHOTOBACKUP_PASSWORD": Machine.password]) { $1 }),
                HintTrial(
                    "photobackup schedule show, and photobackup status", "doctor", cures: "schedule show",
                    "status", "schedule run", "doctor",
                    before: { machine in
                        try machine.move("shoot", to: "gone")
                        #expect(try await machine.run("schedule", "run").exitCode != 0)
                        try machine.move("gone", to: "shoot")
                    }, environment: environment),
                HintTrial(
                    "install cron, or a systemd that runs this user's units",
                    "schedule install --cron --daily 04:00", cures: "schedule install --cron --daily 04:00",
                    before: { machine in
                        try machine.move("bin/crontab", to: "bin/crontab.away")
                        try machine.write(
                            "#!/bin/sh\necho 'crontab: not found' >&2\nexit 127\n", to: "bin/crontab")
                        _ = try check("chmod", chmod(machine.scratch("bin/crontab"), 0o755))
                    },
                    remedy: { machine in
                        try FileManager.default.removeItem(atPath: machine.scratch("bin/crontab"))
                        try machine.move("bin/crontab.away", to: "bin/crontab")
                    }, environment: environment),
                HintTrial(
                    "the log is a file in a folder that this user may write to", "schedule run --log @no/log",
                    cures: "schedule run --log @log", environment: environment),
                HintTrial(
                    "rename the file or folder, or give another one",
                    "schedule install --cron --daily 05:00 --config @a\u{1}b",
                    cures: "schedule install --cron --daily 05:00 --config @ab",
                    before: { machine in
                        for name in ["a\u{1}b", "ab"] {
                            try machine.write(
                                "[[provider]]\nname = \"disk1\"\npath = \"\(machine.scratch("disk1"))\"\n",
                                to: name)
                        }
                    }, environment: environment),
            ]
        }

        /// A lock that a server takes and does not hold.
        @Test func whatIsWrongWithAProviderIsMended() async throws {
            let replica = try Replica(Servers.named("rclone"), prefix: Replica.newPrefix())
            let machine = try await Machine.withVault(on: [replica])
            try await HintTrial(
                "use a bucket with object lock of a provider that has it, or take lock_days out", "doctor",
                cures: "doctor",
                before: { machine in
                    try machine.configure(replica.configuration() + "lock_days = 1\n")
                    let run = try await machine.run("provider", "probe")
                    #expect(run.exitCode == 0, "\(run)")
                }, remedy: { try $0.configure(replica.configuration()) }
            ).run(on: machine)
        }
    }
}

/// Whether a server does wrong now.
final class Gate: Sendable {
    private let state = Mutex(false)
    var isShut: Bool { state.withLock { $0 } }
    func shut() { state.withLock { $0 = true } }
    func open() { state.withLock { $0 = false } }
}
