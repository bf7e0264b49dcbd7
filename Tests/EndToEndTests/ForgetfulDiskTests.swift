import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// A restore onto a file system that takes bytes and gives back others: what did not arrive is never called restored.
    @Suite struct ForgetfulDiskTests {
        @Test func whatTheDiskDoesNotGiveBackIsNotRestored() async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(200_000), to: "long.jpg")
            try shoot.write(randomBytes(5_000), to: "short.jpg")
            try await machine.archive(shoot)
            let disk = try ForgetfulDisk(in: machine.scratch)

            let run = await machine.finish(
                try machine.start(["restore", "Shoot", "--to", disk.path, "--json"]))
            #expect(run.exitCode == 1, "\(run)")
            #expect(run.summary["files_restored"] as? Int == 1 && run.summary["files_failed"] as? Int == 1)
            #expect("\(run)".contains("gives back other bytes than it was given"), "\(run)")
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(disk.path)/shoot")
            #expect(names == ["short.jpg"])

            // Who does not want that time spent gets what the disk makes of it, and only then.
            let trusting = await machine.finish(
                try machine.start(["restore", "Shoot", "--to", disk.path, "--no-verify", "--json"]))
            #expect(trusting.summary["files_restored"] as? Int == 1, "\(trusting)")
            let forgotten = try Data(contentsOf: URL(fileURLWithPath: "\(disk.path)/shoot/long.jpg"))
            try #expect(
                Array(forgotten) != Array(Data(contentsOf: URL(fileURLWithPath: shoot.text + "/long.jpg"))))
        }

        /// On Linux's own file systems it is done when it is asked for, and finds them well.
        @Test func aDiskThatKeepsWhatItIsGivenPasses() async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(9_000_000), to: "long.mov")
            try shoot.write([], to: "empty.jpg")
            try await machine.archive(shoot)
            let run = try await machine.run(
                "restore", "Shoot", "--to", machine.scratch.folder("out").text, "--verify", "--json")
            #expect(run.exitCode == 0 && run.summary["files_restored"] as? Int == 2, "\(run)")
        }
    }
}

/// A FUSE file system that answers that it has written what it has not, until its owner goes.
private final class ForgetfulDisk {
    let path: String
    private let process = Process()

    init(in scratch: Scratch) throws {
        path = try scratch.folder("forgetful").text
        let script = try #require(Bundle.module.url(forResource: "forgetful_disk", withExtension: "py"))
        process.executableURL = URL(filePath: Python.path)
        process.arguments = [script.path, try scratch.folder("forgetful-disk").text, path]
        try process.run()
        let end = ContinuousClock.now + .seconds(60)
        while !isMounted(path), process.isRunning, ContinuousClock.now < end { usleep(20_000) }
        try #require(isMounted(path), "\(script.path) does not mount: see scripts/setup.sh")
    }

    deinit {
        umount2(path, CInt(MNT_DETACH))
        process.waitUntilExit()
    }
}
