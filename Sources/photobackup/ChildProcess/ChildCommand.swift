internal import Glibc
internal import Terminal

/// A command that the program runs in a `ChildProcess`: bytes that others made come on standard input, and what is made of
/// them goes to standard output.
///
/// Bytes that were made to attack whoever reads them find no key here, no open file, no call that reaches anything else, and
/// soon no memory and no time. It runs without the rest of the program: with its first thread alone, as its last act.
protocol ChildCommand: PhotobackupCommand {
    /// nil where nothing can be made of them.
    func answer(to input: [UInt8]) throws -> [UInt8]?
}

extension ChildCommand {
    func run(in context: CommandContext) async throws -> CommandOutcome { answerAndExit() }

    func answerAndExit() -> Never { ChildStreams.exit { try answer(to: $0) } }
}

/// The pipes of such a command, by the two calls that it may make: Foundation asks the system for more.
private enum ChildStreams {
    private static let readByteCount = 1 << 20

    /// Not inlined: specialised for a command, it crashes the optimiser of Swift 6.3.1.
    @inline(never)
    static func exit(afterAnswering answer: ([UInt8]) throws -> [UInt8]?) -> Never {
        var status = ExitStatus.failed
        if ProcessLimits.apply(), let input = input() {
            var made: [UInt8]?
            do { made = try answer(input) } catch { made = nil }
            if let made, write(made) { status = .done }
        }
        _exit(status.rawValue)
    }

    /// Everything up to the end; nil where it cannot be read.
    static func input() -> [UInt8]? {
        var input: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: readByteCount)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count == 0 { return input }
            if count > 0 { input += buffer[..<count] } else if errno != EINTR { return nil }
        }
    }

    /// Whether all of it was taken.
    static func write(_ answer: [UInt8]) -> Bool {
        var rest = answer[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return false }
        }
        return true
    }
}

extension RootCommand {
    private static let childCommands = [[ReadExifCommand.name], [ShareCommand.name, PreviewCommand.name]]

    /// The command, where these arguments call one that runs without the rest of the program.
    static func childCommand(_ arguments: [String]) -> (any ChildCommand)? {
        guard childCommands.contains(where: { arguments.starts(with: $0) }) else { return nil }
        return try? parseAsRoot(arguments) as? any ChildCommand
    }
}
