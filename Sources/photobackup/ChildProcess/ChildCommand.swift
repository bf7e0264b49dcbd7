internal import Foundation
internal import Terminal

/// A command that the program runs in a `ChildProcess`: bytes that others made come on standard input, and what is made of
/// them goes to standard output.
///
/// Bytes that were made to attack whoever reads them find no key here, no open file, and soon no memory and no time.
protocol ChildCommand: PhotobackupCommand {
    /// nil where nothing can be made of them.
    func answer(to input: [UInt8]) throws -> [UInt8]?
}

extension ChildCommand {
    func run(in context: CommandContext) async throws -> CommandOutcome {
        ProcessLimits.apply()
        let input = try FileHandle.standardInput.readToEnd() ?? Data()
        guard let answer = try answer(to: Array(input)) else { return CommandOutcome(.failed) }
        try FileHandle.standardOutput.write(contentsOf: answer)
        return CommandOutcome()
    }
}
