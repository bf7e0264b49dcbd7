import Foundation
import Glibc
import ProgramTesting
import Testing

/// A machine that lets the program have little, and sources with what has no content.
@Suite struct ScarcityTests {
    /// The soft limit of a shell or service is only where it begins.
    @Test func aLowSoftLimitOfOpenFilesIsRaised() async throws {
        let vault = try await DirectoryVault()
        for number in 0..<200 { try vault.write("\(number)", to: "d\(number)/e/f/x.raw") }
        let backup = try await vault.run("backup", "--json", launcher: Self.limit("nofile", "48:4096"))
        #expect(backup.exitCode == 0, "\(backup)")
        #expect(
            backup.summary["files_unreadable"] as? Int == 0 && backup.summary["files_total"] as? Int == 200)
        let restore = try await vault.run(
            "restore", "C", "--to", vault.folder + "/o", launcher: Self.limit("nofile", "48:4096"))
        #expect(restore.exitCode == 0, "\(restore)")
    }

    /// Below the hard limit nothing helps: all is stored, or the run says what it lacked.
    @Test(arguments: [20, 64, 72, 100, 160])
    func aLowHardLimitOfOpenFilesCostsNoFile(limit: Int) async throws {
        let vault = try await DirectoryVault()
        for number in 0..<200 { try vault.write("\(number)", to: "d\(number)/e/f/x.raw") }
        let run = try await vault.run(
            "backup", "--json", launcher: Self.limit("nofile", "\(limit):\(limit)"))
        if run.exitCode == 0 {
            #expect(run.summary["files_total"] as? Int == 200, "\(run)")
        } else {
            #expect(run.exitCode == 1 && !run.output.contains("not stored: "), "\(run)")
        }
        #expect(limit < 160 || run.exitCode == 0, "\(run)")
        #expect(limit >= 64 || run.output.contains("only \(limit) files may be open"), "\(run)")
        #expect(run.exitCode == 0 || run.output.contains("raise the limit of open files"), "\(run)")
        let raised = try await vault.run("backup", "--json", launcher: Self.limit("nofile", "4096:4096"))
        #expect(raised.exitCode == 0 && raised.summary["files_total"] as? Int == 200, "\(raised)")
    }

    /// Neither a crash nor a wait without end.
    @Test(.enabled(if: geteuid() == 0), arguments: [2, 6, 12, 20, 40])
    func withFewThreadsItWorksOrSaysWhy(limit: Int) async throws {
        let vault = try await DirectoryVault()
        for number in 0..<5 { try vault.write(String(repeating: "x", count: 9_000), to: "\(number).raw") }
        for path in FileManager.default.enumerator(atPath: vault.folder)! {
            chown("\(vault.folder)/\(path)", Self.user, Self.user)
        }
        chown(vault.folder, Self.user, Self.user)
        let launcher = [
            "/usr/bin/timeout", "-k", "1", "100", "/usr/bin/setpriv", "--reuid", "\(Self.user)", "--regid",
            "\(Self.user)", "--clear-groups",
        ]
        let run = try await vault.run(
            "backup", "--json", launcher: launcher + Self.limit("nproc", "\(limit):\(limit)"))
        if run.exitCode == 0 {
            #expect(run.summary["files_total"] as? Int == 5, "\(run)")
        } else {
            #expect(run.exitCode == 1 && run.output.contains("ulimit -u"), "\(run)")
        }
        #expect(limit < 40 || run.exitCode == 0, "\(run)")
        let raised = try await vault.run("backup", launcher: launcher)
        #expect(raised.exitCode == 0, "\(raised)")
    }

    /// Nobody else's processes count among those of this one.
    private static let user: UInt32 = 61_234

    @Test func whatHasNoContentIsLeftOutAndCounted() async throws {
        let vault = try await DirectoryVault()
        try vault.write("a photo", to: "a.jpg")
        #expect(mkfifo(vault.source + "/pipe", 0o600) == 0)
        let listener = try RunningProgram(
            [
                "-c", "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])",
                vault.source + "/S.gpg-agent",
            ], program: Python.path)
        #expect(await listener.finish().exitCode == 0)
        for _ in 1...2 {
            let run = try await vault.run("backup", "--json")
            #expect(run.exitCode == 0 && run.summary["files_without_content"] as? Int == 2, "\(run)")
        }
        let spoken = try await vault.run("backup", "-v")
        #expect(spoken.output.contains("1 socket") && spoken.output.contains("1 named pipe"), "\(spoken)")
        #expect(try await vault.run("diff", "C").exitCode == 0)
        #expect(try await vault.run("safe-to-format", vault.source).exitCode == 0)
        // What was a photo and is none any more is named.
        try FileManager.default.removeItem(atPath: vault.source + "/a.jpg")
        #expect(mkfifo(vault.source + "/a.jpg", 0o600) == 0)
        try vault.write("another", to: "b.jpg")
        let changed = try await vault.run("backup", "--accept-loss")
        #expect(changed.exitCode == 3 && changed.error.contains("pictures/a.jpg"), "\(changed)")
    }

    /// The file system of a disk may have no such times: that of shared memory has.
    @Test func aTimeThatNoEntryHoldsIsTold() async throws {
        let source = "/dev/shm/photobackup-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: source) }
        let vault = try await DirectoryVault(source: source)
        try vault.write("a photo", to: "a.jpg")
        let time = timespec(tv_sec: 16_725_225_600, tv_nsec: 0)
        #expect(utimensat(AT_FDCWD, source + "/a.jpg", [time, time], 0) == 0)
        for _ in 1...2 {
            let run = try await vault.run("backup")
            #expect(run.exitCode == 3, "\(run)")
            #expect(run.error.contains("a.jpg: stored, but its time of modification"), "\(run)")
        }
        let status = try await vault.run("status")
        #expect(status.output.contains("1 file could not be read whole"), "\(status)")
        let restored = try await vault.restored()
        #expect(try String(contentsOfFile: restored + "/a.jpg", encoding: .utf8) == "a photo")
    }

    private static func limit(_ resource: String, _ value: String) -> [String] {
        ["/usr/bin/prlimit", "--\(resource)=\(value)"]
    }
}
