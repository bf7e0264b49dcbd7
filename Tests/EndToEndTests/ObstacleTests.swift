import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// What is in a restore's way is left alone, and the hint that is given is the one that works.
    @Suite struct ObstacleTests {
        enum Thing: String, CaseIterable, Sendable { case file, folder, link, pipe }

        @Test(arguments: Thing.allCases, [Thing.file, .folder, .link])
        func theHintForWhatIsInTheWayWorks(obstacle: Thing, entry: Thing) async throws {
            // A folder is no obstacle to one.
            guard (obstacle, entry) != (.folder, .folder) else { return }
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try Self.make(entry, "x", in: shoot, content: "in the vault")
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            let destination = try machine.scratch.folder("to")
            let place = try destination.makeFolder("shoot")
            try Self.make(obstacle, "x", in: place, content: "mine")

            let run = try await machine.run("restore", "Shoot", "--to", destination.text, "--json")
            #expect(run.exitCode == 3, "\(run)")
            let hint = try #require(
                run.messages.first { $0["what"] as? String == "shoot/x" }?["hint"] as? String, "\(run)")
            let cured: ProgramRun
            if hint == "--overwrite replaces it" {
                cured = try await machine.run(
                    "restore", "Shoot", "--to", destination.text, "--overwrite", "--json")
            } else {
                #expect(hint == "move it away, or restore to another folder")
                let overwritten = try await machine.run(
                    "restore", "Shoot", "--to", destination.text, "--overwrite", "--json")
                #expect(overwritten.exitCode == 3, "\(overwritten)")
                try #require(rename(place.text + "/x", machine.scratch("away")) == 0)
                cured = try await machine.run("restore", "Shoot", "--to", destination.text, "--json")
            }
            #expect(cured.exitCode == 0, "\(cured)")
            try #expect(FolderRecord(place.text).differences(from: original) == [])
        }

        /// What its owner has closed, an earlier restore among them, is opened for as long as it takes.
        @Test(arguments: [0o000, 0o100, 0o400, 0o500] as [mode_t])
        func theSameRestoreTwiceIntoClosedFoldersIsWell(mode: mode_t) async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            let closed = try shoot.makeFolder("closed")
            try closed.write([1, 2, 3], to: "a.jpg")
            try closed.setMode("a.jpg", mode & 0o600)
            try shoot.setMode("closed", mode)
            try await machine.archive(shoot)
            let home = try machine.scratch.folder("nobody")
            try machine.openToNobody(home)
            for filesRestored in [1, 0] {
                let run = try await machine.run(
                    "restore", "Shoot", "--to", home.text + "/out", "--json",
                    environment: Machine.withPassword, launcher: Machine.asNobody(machine))
                #expect(run.exitCode == 0, "\(run)")
                #expect(run.summary["files_restored"] as? Int == filesRestored, "\(run)")
                var status = stat()
                #expect(stat(home.text + "/out/shoot/closed", &status) == 0 && status.st_mode & 0o777 == mode)
            }
        }

        /// What no file could be written to is refused once, and not once a file.
        @Test(arguments: ["read-only", "dangling", "file"])
        func aDestinationThatCanTakeNothingIsRefusedOnce(destination: String) async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...5 { try shoot.write([1], to: "\(number).jpg") }
            try await machine.archive(shoot)
            let disk = try machine.scratch.folder("read-only").text
            try machine.scratch.folder("").link("dangling", to: Array("/nowhere/at/all".utf8))
            try machine.scratch.folder("").write([1], to: "file")
            let run = try await machine.run(
                "restore", "Shoot", "--to", machine.scratch(destination),
                launcher: ["/usr/bin/unshare", "--mount"] + (geteuid() == 0 ? [] : ["--map-root-user"]) + [
                    "/bin/sh", "-c", "mount -t tmpfs -o ro none \(disk) && exec \"$@\"", "sh",
                ])
            #expect(run.exitCode == 1, "\(run)")
            #expect(run.error.contains("or restore to another folder"), "\(run)")
            #expect(run.error.split(separator: "\n").count == 2, "\(run)")
        }

        private static func make(_ thing: Thing, _ name: String, in folder: Folder, content: String) throws {
            switch thing {
            case .file: try folder.write(Array(content.utf8), to: name)
            case .folder: try folder.makeFolder(name).write(Array(content.utf8), to: "inside")
            case .link: try folder.link(name, to: Array(content.utf8))
            case .pipe: _ = try check("mkfifo", mkfifo(folder.text + "/" + name, 0o600))
            }
        }
    }
}

extension Machine {
    /// Lets nobody, who is not root, read the vault and write in the folder.
    fileprivate func openToNobody(_ home: Folder) throws {
        _ = try check("chmod", chmod(scratch.path, 0o755))
        for path in ["home", "home/.config", "home/.config/photobackup"] {
            _ = try check("chmod", chmod(scratch(path), 0o755))
        }
        _ = try check("chmod", chmod(scratch("home/.config/photobackup/config.toml"), 0o644))
        let open = Process()
        open.executableURL = URL(filePath: "/bin/sh")
        open.arguments = [
            "-c",
            "chmod -R a+rX \(scratch("disk1")) \(scratch("disk2")) \(scratch("disk3")); chown nobody \(home.text)",
        ]
        try open.run()
        open.waitUntilExit()
    }

    /// What runs a program as nobody, with a state of its own.
    fileprivate static func asNobody(_ machine: Machine) -> [String] {
        [
            "/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "/usr/bin/env",
            "HOME=\(machine.scratch("nobody"))",
            "PHOTOBACKUP_CONFIG=\(machine.scratch("home/.config/photobackup/config.toml"))",
        ]
    }
}
