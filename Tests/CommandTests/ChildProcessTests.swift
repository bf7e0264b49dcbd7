import Foundation
import PictureTesting
import ProgramTesting
import Testing

@testable import Backup
@testable import photobackup

/// What a process may do that reads bytes of others, and what is left of one that does something else.
@Suite struct ChildProcessTests {
    private static func shell(
        _ script: String, _ arguments: String..., deadline: Duration = .seconds(60),
        maximumByteCount: Int = 100
    ) -> ChildProcess {
        ChildProcess(
            program: "/bin/sh", arguments: ["-c", script] + arguments, deadline: deadline,
            maximumByteCount: maximumByteCount)
    }

    private func failure(of child: ChildProcess) async -> ChildProcessError? {
        await #expect(throws: ChildProcessError.self) { try await child.answer(to: []) }
    }

    @Test func inputGoesInAndTheAnswerComesOut() async throws {
        // More than the pipes hold, both ways at once.
        let bytes = [UInt8](repeating: 7, count: 3 << 20)
        #expect(
            try await Self.shell("exec cat", maximumByteCount: 3 << 20).answer(to: bytes) == bytes)
        // One that reads nothing may answer all the same, also where something that it has started goes on.
        #expect(try await Self.shell("sleep 1000 & echo yes").answer(to: bytes) == Array("yes\n".utf8))
    }

    @Test func howItFailsIsTold() async throws {
        #expect(await failure(of: Self.shell("exit 7")) == .exitCode(7))
        #expect(await failure(of: Self.shell("echo half; kill -SEGV $$")) == .signal(SIGSEGV))
        #expect(await failure(of: Self.shell("while :; do echo more; done")) == .answerTooLong)
        let nowhere = ChildProcess(program: "/nowhere/at all", arguments: [], maximumByteCount: 1)
        #expect(await failure(of: nowhere) == .notStarted(ENOENT))
    }

    @Test func nothingIsInherited() async throws {
        let environment = ChildProcess(program: "/usr/bin/env", arguments: [], maximumByteCount: 1 << 16)
        #expect(try await environment.answer(to: []) == [])
        // A descriptor that every program would inherit.
        let descriptor = fcntl(STDERR_FILENO, F_DUPFD, 200)
        try #require(descriptor >= 200)
        defer { close(descriptor) }
        let script = "if [ -e /proc/$$/fd/$0 ]; then echo open; else echo closed; fi"
        let answer = try await Self.shell(script, String(descriptor)).answer(to: [])
        #expect(String(decoding: answer, as: UTF8.self) == "closed\n")
    }

    /// A process that stands still, and one that it has started, both with a pipe open that has a name.
    @Test(.timeLimit(.minutes(1))) func oneThatNeverAnswersLeavesNothingBehind() async throws {
        let pipe = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        try #require(mkfifo(pipe, 0o600) == 0)
        defer { unlink(pipe) }
        let reading = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(reading >= 0)
        defer { close(reading) }
        let script = "exec 3> \"$0\"; echo $$ >&3; sleep 1000 & kill -STOP $$"
        let start = ContinuousClock.now
        #expect(await failure(of: Self.shell(script, pipe, deadline: .seconds(2))) == .deadline)
        #expect(start.duration(to: .now) >= .seconds(2))

        // It is hung up only when nobody has it open for writing.
        let (isHungUp, written) = await blocking {
            var end = pollfd(fd: reading, events: 0, revents: 0)
            let isHungUp = poll(&end, 1, 20_000) == 1
            return (isHungUp, isHungUp ? FileHandle(fileDescriptor: reading).readDataToEndOfFile() : Data())
        }
        try #require(isHungUp)
        let text = String(decoding: written, as: UTF8.self).trimmingCharacters(in: .newlines)
        let process = try #require(pid_t(text))
        #expect(kill(process, 0) == -1 && errno == ESRCH)
    }

    /// One that reads has set its limits, and waits for the rest.
    @Test(arguments: [["read-exif"], ["share", "preview"]])
    func theProgramLimitsItself(command: [String]) async throws {
        let (limits, status) = try await blocking {
            var process = try SpawnedProcess.start(RunningProgram.path, command)
            let input = [UInt8](repeating: 0, count: 1 << 20)
            var rest = input[...]
            // More than a pipe holds.
            while input.count - rest.count <= 1 << 17 {
                let ready = process.wait(until: .now + .seconds(60))
                try #require(ready?.takesInput == true && ready?.hasEnded == false)
                process.write(&rest)
            }
            let folder = "/proc/\(process.process)"
            return (
                try String(contentsOfFile: "\(folder)/limits", encoding: .utf8),
                try String(contentsOfFile: "\(folder)/status", encoding: .utf8)
            )
        }
        func hardLimit(_ name: String) -> Int? {
            limits.split(separator: "\n").first { $0.hasPrefix(name) }?.dropFirst(name.count)
                .split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
        #expect(hardLimit("Max cpu time") == ProcessLimits.processorSeconds)
        #expect(hardLimit("Max address space") == ProcessLimits.memoryByteCount)
        for name in ["Max open files", "Max file size", "Max core file size", "Max processes"] {
            #expect(hardLimit(name) == 0, "\(name)")
        }
        // 2: a filter of calls.
        for line in ["NoNewPrivs:\t1", "Seccomp:\t2", "Threads:\t1"] {
            #expect(status.split(separator: "\n").contains { $0 == line }, "\(status)")
        }
    }

    /// A picture that ends whatever reads it: a shell does, as no picture is known to.
    @Test func onePictureHidesNoOther() async throws {
        let script = """
            cat > "$1"
            if grep -aq 'END IT' "$1"; then kill -SEGV $$; fi
            exec "$0" read-exif < "$1"
            """
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        defer { unlink(file) }
        var pictures = (0..<32).map {
            MadePicture.jpeg(maker: "NIKON", model: "No \($0)", taken: "2026:11:21 17:28:00")
        }
        for index in [0, 9, 10, 31] { pictures[index] += Array("END IT".utf8) }
        let process = ExifProcess(
            child: Self.shell(script, RunningProgram.path, file, maximumByteCount: 1 << 16))
        let cameras = try await process.facts(of: pictures).map(\.camera)
        #expect(cameras == (0..<32).map { [0, 9, 10, 31].contains($0) ? nil : "NIKON No \($0)" })
    }
}
