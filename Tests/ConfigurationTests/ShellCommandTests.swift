import Foundation
import Testing

@testable import Configuration

@Suite struct ShellCommandTests {
    private func output(_ text: String) async throws -> String {
        String(
            decoding: try await ShellCommand(text, setting: "password_command").output(), as: UTF8.self)
    }

    @Test func whatItPrintsIsReturnedAsItIs() async throws {
        #expect(try await output("printf 'a\\nb\\n'; echo shown >/dev/null") == "a\nb\n")
    }

    @Test func standardInputIsEmpty() async throws {
        #expect(try await output("cat; echo end") == "end\n")
    }

    @Test func whatItIsGivenIsReadFromStandardInput() async throws {
        // More than a pipe holds; and a command that reads none of it does no harm.
        let input = [UInt8](repeating: 0x61, count: 200_000)
        let counted = try await ShellCommand("wc -c", setting: "notify.command", input: input).output()
        #expect(String(decoding: counted, as: UTF8.self) == "200000\n")
        try await ShellCommand("exit 0", setting: "notify.command", input: input).run()
    }

    @Test func variablesComeBesideThoseThatAreThere() async throws {
        let command = ShellCommand(
            "echo $PHOTOBACKUP_EXIT_CODE; test -n \"$PATH\"", setting: "notify.command",
            variables: ["PHOTOBACKUP_EXIT_CODE": "4"])
        #expect(String(decoding: try await command.output(), as: UTF8.self) == "4\n")
    }

    @Test func secretsAreThereOnlyWhereTheyAreGiven() async throws {
        setenv("PHOTOBACKUP_SHELL_SECRET_ACCESS_KEY", "inherited", 1)
        defer { unsetenv("PHOTOBACKUP_SHELL_SECRET_ACCESS_KEY") }
        let text = "echo ${PHOTOBACKUP_SHELL_SECRET_ACCESS_KEY-none}"
        #expect(try await output(text) == "none\n")
        let given = ShellCommand(
            text, setting: "x", variables: ["PHOTOBACKUP_SHELL_SECRET_ACCESS_KEY": "given"])
        #expect(String(decoding: try await given.output(), as: UTF8.self) == "given\n")
    }

    @Test func signalsAreAsAFreshProgramExpects() async throws {
        // As the program does: neither may pass to a command.
        signal(SIGPIPE, SIG_IGN)
        let status = try await output("sed -n 's/^Sig\\(Blk\\|Ign\\):.*\\(....\\)$/\\2/p' /proc/self/status")
        let masks = status.split(separator: "\n").compactMap { Int($0, radix: 16) }
        try #require(masks.count == 2)
        #expect(masks[0] == 0)
        #expect(masks[1] & 1 << (SIGPIPE - 1) == 0)
    }

    @Test(arguments: [
        ("exit 7", "password_command: the command ended with exit code 7"),
        ("kill -KILL $$", "password_command: the command was ended by signal 9"),
        ("head -c 70000 /dev/zero", "password_command: File too large"),
        ("/no/such/program 2>/dev/null", "password_command: the command ended with exit code 127"),
    ])
    func aFailureSaysHowItEnded(command: String, reason: String) async {
        let error = await #expect(throws: ConfigurationError.self) { try await output(command) }
        #expect(error?.code == .commandFailed)
        #expect(error?.reason == reason)
    }

    @Test func cancellingEndsTheCommand() async throws {
        let directory = try TemporaryDirectory()
        let fifo = directory.path + "/fifo"
        #expect(mkfifo(fifo, 0o600) == 0)
        let task = Task { try await output("exec 3>'\(fifo)'; echo started >&3; exec sleep 3600") }
        let reader = await blocking { FileHandle(forReadingAtPath: fifo) }
        #expect(await blocking { reader?.availableData } == Data("started\n".utf8))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        // The command held the other end.
        #expect(await blocking { reader?.availableData }?.isEmpty == true)
    }
}
