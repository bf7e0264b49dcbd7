import Configuration
import Crypto
import Foundation
import Testing

/// A terminal with the test at its other end.
private final class PseudoTerminal: Sendable {
    let master: CInt
    let device: String
    // Kept open: the other end fails to read while nobody has this one.
    private let keptOpen: CInt

    init() throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var unlocked: CInt = 0
        var number: CInt = 0
        // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h, macros that are not imported.
        try #require(master >= 0 && ioctl(master, 0x4004_5431, &unlocked) == 0)
        try #require(ioctl(master, 0x8004_5430, &number) == 0)
        device = "/dev/pts/\(number)"
        keptOpen = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC)
    }

    deinit {
        close(master)
        close(keptOpen)
    }

    /// What the program writes, until it ends with `end`.
    func read(until end: String) async -> String {
        await blocking { [self] in readNow(until: end) }
    }

    private func readNow(until end: String) -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.reversed().starts(with: end.utf8.reversed()), Foundation.read(master, &byte, 1) == 1 {
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func type(_ text: String) { _ = write(master, text, text.utf8.count) }

    var showsTyping: Bool {
        var settings = termios()
        tcgetattr(master, &settings)
        return settings.c_lflag & tcflag_t(ECHO) != 0
    }
}

@Suite(.serialized) struct PasswordPromptTests {
    private func sources(_ terminal: PseudoTerminal) -> SecretSources {
        SecretSources(
            environment: ProcessEnvironment([:]), passwordFile: nil, passwordCommand: nil,
            prompt: PasswordPrompt(device: terminal.device))
    }

    @Test func aPasswordIsNotShown() async throws {
        let terminal = try PseudoTerminal()
        let task = Task { try await sources(terminal).password() }
        #expect(await terminal.read(until: ": ") == "password: ")
        #expect(!terminal.showsTyping)
        terminal.type("sésame\n")
        let password = try await task.value
        #expect(password == SecretBytes(copying: Array("sésame".utf8).span.bytes))
        #expect(terminal.showsTyping)
        #expect(await terminal.read(until: "\n") == "\r\n")
    }

    @Test(arguments: ["same", "other"]) func aNewPasswordIsAskedForTwice(second: String) async throws {
        let terminal = try PseudoTerminal()
        let task = Task { try await sources(terminal).passwordForNewVault() }
        #expect(await terminal.read(until: ": ") == "password: ")
        terminal.type("same\n")
        #expect(await terminal.read(until: ": ") == "\r\npassword again: ")
        terminal.type("\(second)\n")
        if second == "same" {
            #expect(try await task.value.count == 4)
        } else {
            let error = await #expect(throws: SecretError.self) { try await task.value }
            #expect(error?.code == .mismatch)
        }
    }

    @Test func nothingTypedIsRefused() async throws {
        let terminal = try PseudoTerminal()
        let task = Task { try await sources(terminal).password() }
        _ = await terminal.read(until: ": ")
        terminal.type("\n")
        let error = await #expect(throws: SecretError.self) { try await task.value }
        #expect(error?.code == .empty)
    }

    @Test func wordsAreShownWhileTheyAreTyped() async throws {
        let terminal = try PseudoTerminal()
        let task = Task { try await sources(terminal).recoveryPhrase() }
        #expect(await terminal.read(until: ": ") == "recovery phrase: ")
        #expect(terminal.showsTyping)
        terminal.type("abandon ability\n")
        #expect(try await task.value.count == 15)
    }

    @Test func cancellingPutsTheTerminalBack() async throws {
        let terminal = try PseudoTerminal()
        let task = Task { try await sources(terminal).password() }
        _ = await terminal.read(until: ": ")
        #expect(!terminal.showsTyping)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(terminal.showsTyping)
    }

    @Test func aProgramThatMustEndAtOncePutsTheTerminalBack() async throws {
        let terminal = try PseudoTerminal()
        let task = Task { try await sources(terminal).password() }
        _ = await terminal.read(until: ": ")
        PasswordPrompt.restoreTerminal()
        #expect(terminal.showsTyping)
        terminal.type("x\n")
        #expect(try await task.value.count == 1)
    }
}
