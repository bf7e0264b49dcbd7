import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// What is advised about this machine's folders, disks and ports is done, and the command ends well.
    @Suite struct LocalHintTests {
        /// Runs a script in a mount namespace of its own before the program, with a folder as `$0`.
        private static func mounting(_ script: String, _ path: String) -> [String] {
            ["/usr/bin/unshare", "--mount"] + (geteuid() == 0 ? [] : ["--map-root-user"])
                + ["/bin/sh", "-c", "\(script) && exec \"$@\"", path]
        }

        /// Takes from root what other users have not.
        private static let withoutPowers =
            geteuid() == 0
            ? ["/usr/bin/setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : ["/usr/bin/env"]

        @Test func aDiskTakesWhatItIsGiven() async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            try await machine.archive(shoot)
            let disk = machine.scratch("disk3")
            let fill: HintTrial.Step = {
                try $0.scratch.folder("shoot").write(randomBytes(3_000_000), to: "\(UUID()).raw")
            }
            let trials = [
                HintTrial(
                    "mount it for writing", "archive @shoot --as Shoot", cures: "archive @shoot --as Shoot",
                    before: fill,
                    launcher: Self.mounting(
                        "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\"", disk)),
                HintTrial(
                    "make room, or use a larger disk", "archive @shoot --as Shoot",
                    cures: "archive @shoot --as Shoot", before: fill,
                    launcher: Self.mounting(
                        "mkdir \"$0.small\" && mount -t tmpfs -o size=8m none \"$0.small\" && cp -a \"$0/.\" \"$0.small\" && { cat /dev/zero > \"$0.small/fill\" 2>/dev/null; mount --bind \"$0.small\" \"$0\"; }",
                        disk)),
                HintTrial(
                    "allow this user to read and write …", "archive @shoot --as Shoot",
                    cures: "archive @shoot --as Shoot",
                    before: { machine in
                        try await fill(machine)
                        _ = try check("chmod", chmod(disk, 0))
                    }, remedy: { _ in _ = try check("chmod", chmod(disk, 0o755)) },
                    launcher: Self.withoutPowers),
                HintTrial(
                    "make room there, or choose a folder on another disk with `state` in the configuration",
                    "doctor", cures: "doctor",
                    remedy: { try $0.configureDisks(top: "state = \"\($0.scratch("roomy"))\"") },
                    after: { try $0.configureDisks() },
                    launcher: Self.mounting(
                        "mount -t tmpfs -o size=1m none \"$0\"",
                        try machine.scratch.folder("home/.local/state").text)),
                HintTrial(
                    "give it to the user who runs this, or choose another folder with `state` in the configuration",
                    "doctor", cures: "doctor",
                    remedy: { try $0.configureDisks(top: "state = \"\($0.scratch("roomy"))\"") },
                    after: { try $0.configureDisks() },
                    launcher: Self.mounting(
                        "mount -t tmpfs -o ro none \"$0\"",
                        try machine.scratch.folder("home/.local/state").text)),
            ]
            for trial in trials { try await trial.run(on: machine) }
        }

        @Test func aPasswordIsChangedWhenTheDisksTakeIt() async throws {
            let machine = try await Machine.withVaultOnDisks()
            let change = "password change --kdf-strength interactive"
            func readOnly(_ disks: String) -> [String] {
                Self.mounting(
                    "for d in \(disks); do mount --bind \"$0/$d\" \"$0/$d\" && mount -o remount,bind,ro \"$0/$d\" || exit 9; done",
                    machine.scratch.path)
            }
            let environment = ["PHOTOBACKUP_NEW_PASSWORD": "another Pass-9 word, and long"]
            try await HintTrial(
                "nothing was changed: the password is what it was, and this can be run again", change,
                cures: change, environment: environment, launcher: readOnly("disk1 disk2 disk3")
            ).run(on: machine)
            try await HintTrial(
                "the new password counts from now on: run photobackup heal, and this again, when the other providers answer",
                change, cures: "heal", change, environment: environment, launcher: readOnly("disk2 disk3")
            ).run(on: machine)
        }

        @Test func theFolderThatIsAskedForIsMounted() async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            try await machine.archive(shoot)
            let none = try await machine.run("mount", machine.scratch("mount"))
            #expect(none.gives(hint: "make one: mkdir …"), "\(none)")
            for path in [shoot.text, shoot.text + "/a.jpg"] {
                let full = try await machine.run("mount", path)
                #expect(full.gives(hint: "give an empty folder"), "\(full)")
            }
            try await machine.withMount { (mount) async throws in
                #expect(try await mount.names() == ["Shoot"])
            }
        }

        @Test func aFreePortIsTaken() async throws {
            let machine = try await Machine.withVaultOnDisks()
            let server = try ScriptedServer([.silence])
            let port = String(try #require(server.endpoint.split(separator: ":").last))
            let taken = try await machine.run("dashboard", "--port", port)
            #expect(
                taken.exitCode == 1 && taken.gives(hint: "without --port a free one is taken"), "\(taken)")
            let program = try machine.start(["dashboard"])
            #expect(await program.nextOutput().contains("http://127.0.0.1:"))
            program.send(SIGTERM)
            _ = await machine.finish(program)
        }
    }
}
