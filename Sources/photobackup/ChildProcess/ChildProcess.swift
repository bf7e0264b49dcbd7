internal import ObjectStore

/// Runs this program again for work on bytes that others made, and trusts what it answers as little as the bytes.
///
/// The process inherits no environment, so no secret in it, and no open file but its pipes. It is ended at the deadline,
/// whatever it does; what it may take until then, it limits itself (`ProcessLimits`).
struct ChildProcess {
    /// At a time, whoever starts them: each may take as much memory as its limits allow.
    private static let atOnce = 2
    // They wait for the processes.
    private static let threads = BlockingThreads(count: atOnce)

    var program = "/proc/self/exe"
    let arguments: [String]
    /// From its start to its end.
    var deadline = Duration.seconds(ProcessLimits.seconds)
    /// Of an answer; a process that has more to say is ended.
    let maximumByteCount: Int

    /// Gives the process its input, and returns what it has written to standard output when it has ended with 0.
    ///
    /// No process is left when this returns or throws.
    ///
    /// - Throws: `ChildProcessError`; `CancellationError` where the task is cancelled before its turn.
    func answer(to input: [UInt8]) async throws -> [UInt8] {
        try await Self.threads.run {
            Result { () throws(ChildProcessError) in try exchange(input) }
        }.get()
    }

    /// Blocks.
    private func exchange(_ input: [UInt8]) throws(ChildProcessError) -> [UInt8] {
        let end = ContinuousClock.now + deadline
        var process = try SpawnedProcess.start(program, arguments)
        var rest = input[...]
        var answer: [UInt8] = []
        while true {
            guard let ready = process.wait(until: end) else { throw .deadline }
            if ready.takesInput { process.write(&rest) }
            if ready.hasOutput { process.read(into: &answer) }
            guard answer.count <= maximumByteCount else { throw .answerTooLong }
            if ready.hasEnded, !ready.hasOutput { break }
        }
        let status = process.end()
        if status & 0x7f != 0 { throw .signal(status & 0x7f) }
        if status != 0 { throw .exitCode((status >> 8) & 0xff) }
        return answer
    }
}

/// Why a process has given no answer.
enum ChildProcessError: Error, Equatable {
    /// The errno says why.
    case notStarted(CInt)
    case deadline
    case answerTooLong
    /// Another than 0.
    case exitCode(CInt)
    /// The one that ended it: that of a limit, or of a fault of its own.
    case signal(CInt)
}
