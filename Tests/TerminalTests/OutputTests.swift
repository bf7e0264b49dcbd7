import Foundation
import Testing

@testable import Terminal

/// A file that output goes to.
private final class Capture {
    let path = FileManager.default.temporaryDirectory.path + "/photobackup-output-" + UUID().uuidString
    let descriptor: CInt

    init() { descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }

    deinit {
        close(descriptor)
        unlink(path)
    }

    var text: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}

private struct Sample: Encodable {
    let zebra = 1
    let filesTotal: Int? = 2
    let path = "a/b\n"
    let missing: Int? = nil
    let replicas = [Replica()]

    struct Replica: Encodable { let packsMissing = 0 }
}

@Suite struct OutputTests {
    private let out = Capture()
    private let err = Capture()

    private func output(_ format: Output.Format, _ verbosity: Output.Verbosity = .normal) -> Output {
        Output(
            format: format, verbosity: verbosity, standardOutput: out.descriptor,
            standardError: err.descriptor)
    }

    private func speak(_ output: Output) -> ExitStatus {
        output.detail("detail")
        output.information("information")
        output.message("status", Sample.Replica())
        output.result("entry", Sample.Replica(), text: "result")
        output.warning(Diagnostic(what: "w", why: "y"))
        output.error(Diagnostic(what: "e", why: "y", hint: "h"))
        return output.finish(.replicaBehind, summary: Sample())
    }

    @Test(arguments: [
        (Output.Verbosity.quiet, "result\n"), (.normal, "information\nresult\n"),
        (.verbose, "detail\ninformation\nresult\n"),
    ])
    func textIsAsMuchAsWasAskedFor(verbosity: Output.Verbosity, expected: String) {
        #expect(speak(output(.text, verbosity)) == .replicaBehind)
        #expect(out.text == expected)
        #expect(err.text == "photobackup: warning: w: y\nphotobackup: error: e: y\nhint: h\n")
    }

    @Test func jsonIsOneSortedObjectALineAndASummaryLast() {
        #expect(speak(output(.json, .quiet)) == .replicaBehind)
        #expect(
            out.text == """
                {"message_type":"status","packs_missing":0}
                {"message_type":"entry","packs_missing":0}
                {"message_type":"warning","what":"w","why":"y"}
                {"hint":"h","message_type":"error","what":"e","why":"y"}
                {"exit_code":4,"files_total":2,"message_type":"summary","path":"a/b\\n",\
                "replicas":[{"packs_missing":0}],"zebra":1}

                """)
        #expect(err.text == "")
    }

    @Test func aSummaryNeedsNoFieldsOfItsOwn() {
        #expect(output(.json).finish(.done) == .done)
        #expect(out.text == "{\"exit_code\":0,\"message_type\":\"summary\"}\n")
    }

    @Test func aFailureToWriteIsAFailure() {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let output = Output(
            format: .text, verbosity: .normal, standardOutput: full, standardError: err.descriptor)
        output.result("entry", Sample(), text: "result")
        #expect(output.finish(.done) == .failed)
        #expect(err.text == "photobackup: error: standard output: no space left on device\n")
    }

    @Test(arguments: [
        (Output.Format.text, false, ExitStatus.failed), (.text, true, .done), (.json, true, .failed),
    ])
    func whatWasDoneCountsWhereOnlyItsTellingIsLost(
        format: Output.Format, isDoneUnread: Bool, expected: ExitStatus
    ) {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let output = Output(
            format: format, verbosity: .normal, standardOutput: full, standardError: err.descriptor)
        output.result("entry", Sample(), text: "result")
        #expect(output.writeFailure == "no space left on device")
        #expect(output.finish(.done, isDoneUnread: isDoneUnread) == expected)
        #expect(
            err.text.hasPrefix("photobackup: \(expected == .done ? "warning" : "error"): standard output: "))
    }

    @Test func whatWasFoundCountsMore() {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let output = Output(
            format: .text, verbosity: .normal, standardOutput: full, standardError: err.descriptor)
        output.result("entry", Sample(), text: "result")
        #expect(output.finish(.damaged) == .damaged)
    }

    @Test func aReaderThatWentAwayIsNoFailure() {
        // As the program does; a test run has no handler to lose.
        signal(SIGPIPE, SIG_IGN)
        var ends: [CInt] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let output = Output(
            format: .text, verbosity: .normal, standardOutput: ends[1], standardError: err.descriptor)
        output.result("entry", Sample(), text: "result")
        #expect(output.finish(.done) == .done)
        #expect(err.text == "")
    }

    @Test func theProgressLineIsTakenAwayBeforeAnythingElse() {
        let output = output(.text)
        output.drawProgress { _ in "10 files" }
        output.drawProgress { _ in "20 files" }
        output.warning(Diagnostic(what: "w", why: "y"))
        output.drawProgress { _ in "30 files" }
        #expect(output.finish(.done) == .done)
        let clear = "\r\u{1b}[K"
        #expect(err.text == "10 files\(clear)20 files\(clear)photobackup: warning: w: y\n30 files\(clear)")
    }

    /// The terminal is a real one; what it calls itself decides.
    @Test(arguments: [("dumb", false), ("", false), ("xterm-256color", true), ("linux", true)])
    func aDumbTerminalIsSentNoCommands(name: String, showsProgress: Bool) throws {
        let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(controller) }
        var unlocked: CInt = 0
        var number: CInt = 0
        // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h, macros that are not imported.
        try #require(controller >= 0 && ioctl(controller, 0x4004_5431, &unlocked) == 0)
        try #require(ioctl(controller, 0x8004_5430, &number) == 0)
        let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(terminal) }
        let output = Output(
            format: .text, verbosity: .normal, standardOutput: out.descriptor, standardError: terminal,
            terminal: name)
        #expect(output.canShowProgress == showsProgress)
        #expect(
            (ProgressDisplay(on: output, snapshot: { ProgressSnapshot(files: 0, bytes: 0) }) != nil)
                == showsProgress)
    }

    @Test func outsideATerminalThereIsNoProgress() {
        #expect(!output(.text).canShowProgress)
        #expect(ProgressDisplay(on: output(.text), snapshot: { ProgressSnapshot(files: 0, bytes: 0) }) == nil)
    }
}
