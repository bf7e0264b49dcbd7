public import Crypto
internal import Foundation
internal import Glibc
internal import Synchronization
internal import Threads

/// Asks for a secret on the terminal, without showing what is typed.
///
/// It asks on the terminal itself, so that standard input and output may be pipes. The terminal's settings are
/// put back whatever happens: at the end, when the task is cancelled, and by `restoreTerminal()` when the
/// program must end at once.
public struct PasswordPrompt: Sendable {
    static let maximumByteCount = 4096

    private let device: String

    /// - Parameter device: another terminal than the one that controls the process, for tests.
    public init(device: String = "/dev/tty") { self.device = device }

    /// The line that a person types, without its end; nil when there is no terminal.
    ///
    /// Errors: `SecretError` (`tooLong`, `unreadable`), `CancellationError`.
    public func ask(_ question: String, subject: String, showsTyping: Bool = false) async throws
        -> SecretBytes?
    {
        let terminal = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        guard let wakeUp = Pipe() else {
            close(terminal)
            return nil
        }
        let outcome: Result<SecretBytes, SecretError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Reading blocks until the person has typed, which the threads of tasks must not.
                do throws(ThreadError) {
                    try startThread(patience: .seconds(10)) {
                        let line = TerminalLine(
                            terminal: terminal, wakeUp: wakeUp.reading, subject: subject,
                            showsTyping: showsTyping)
                        continuation.resume(
                            returning: Result { () throws(SecretError) in try line.read(question) })
                    }
                } catch {
                    continuation.resume(
                        returning: .failure(
                            SecretError(
                                code: .unreadable, subject: subject, reason: "\(error)", hint: error.hint)))
                }
            }
        } onCancel: {
            _ = write(wakeUp.writing, "x", 1)
        }
        for descriptor in [terminal, wakeUp.reading, wakeUp.writing] { close(descriptor) }
        try Task.checkCancellation()
        return try outcome.get()
    }

    /// Puts the terminal's settings back if a prompt changed them. For a program that is about to exit.
    public static func restoreTerminal() { TerminalLine.restore() }
}

/// One line read from a terminal.
private struct TerminalLine {
    /// The terminal that does not show what is typed at this moment, with the settings that it had.
    private static let hidden = Mutex<(terminal: CInt, settings: termios)?>(nil)

    let terminal: CInt
    let wakeUp: CInt
    let subject: String
    let showsTyping: Bool

    static func restore() {
        hidden.withLock { hidden in
            guard case (let terminal, var settings)? = hidden else { return }
            tcsetattr(terminal, TCSAFLUSH, &settings)
            hidden = nil
        }
    }

    func read(_ question: String) throws(SecretError) -> SecretBytes {
        if !showsTyping { hideTyping() }
        defer {
            Self.restore()
            // The person's own line end was not shown.
            if !showsTyping { write("\n") }
        }
        write("\(question): ")
        return try readLine()
    }

    private func hideTyping() {
        var settings = termios()
        guard tcgetattr(terminal, &settings) == 0 else { return }
        Self.hidden.withLock { $0 = (terminal, settings) }
        settings.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(terminal, TCSAFLUSH, &settings)
    }

    private func write(_ text: String) {
        var text = text
        _ = text.withUTF8 { Glibc.write(terminal, $0.baseAddress, $0.count) }
    }

    /// Reads until the line ends, the terminal goes away, or the task is cancelled.
    private func readLine() throws(SecretError) -> SecretBytes {
        var line = [UInt8](repeating: 0, count: PasswordPrompt.maximumByteCount + 1)
        defer { line.wipe() }
        var count = 0
        while count < line.count {
            var events = [
                pollfd(fd: terminal, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&events, 2, -1) > 0 || errno == EINTR else { throw failure(errno) }
            if events[1].revents != 0 { throw failure(ECANCELED) }
            guard events[0].revents != 0 else { continue }
            let received = line.withUnsafeMutableBytes { buffer in
                Glibc.read(terminal, buffer.baseAddress! + count, buffer.count - count)
            }
            if received < 0, errno == EINTR || errno == EAGAIN { continue }
            guard received > 0 else { throw failure(received == 0 ? ENODATA : errno) }
            count += received
            if line[count - 1] == UInt8(ascii: "\n") {
                return SecretBytes(copying: line.span.extracting(0..<(count - 1)).bytes)
            }
        }
        throw SecretError(code: .tooLong, subject: subject, reason: "is too long", hint: nil)
    }

    private func failure(_ code: CInt) -> SecretError {
        SecretError(
            code: .unreadable, subject: subject,
            reason: "the terminal gives no answer: \(String(cString: strerror(code)))", hint: nil)
    }
}
