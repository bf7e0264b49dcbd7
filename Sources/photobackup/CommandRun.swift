internal import ArgumentParser
internal import Configuration
internal import Terminal

/// One run of the program, from arguments to exit status.
struct CommandRun {
    let arguments: [String]
    let environment: ProcessEnvironment

    func run() async -> ExitStatus {
        let command: any ParsableCommand
        do {
            command = try RootCommand.parseAsRoot(
                RootCommand.resolvingHiddenName(GlobalOptions.movedBehindCommand(arguments)))
            guard let command = command as? any PhotobackupCommand else {
                // One of the parser's own, as `help`; it throws what there is to print.
                var command = command
                try command.run()
                return .done
            }
            return await run(command)
        } catch {
            return finish(parsingEndedWith: error)
        }
    }

    private func run(_ command: any PhotobackupCommand) async -> ExitStatus {
        let output = Output(
            format: command.global.json ? .json : .text, verbosity: command.global.verbosity,
            terminal: environment["TERM"])
        let context = CommandContext(options: command.global, output: output, environment: environment)
        let task = Task { try await context.goingOnWithoutCatalog { try await command.run(in: context) } }
        Interruption.watch(first: task.cancel, last: PasswordPrompt.restoreTerminal)
        switch await task.result {
        case .success(let outcome):
            return output.finish(
                outcome.status, summary: outcome.summary, isDoneUnread: type(of: command).isDoneUnread)
        case .failure(let error):
            let failure = Failure(error, wasCancelled: task.isCancelled)
            output.error(failure.diagnostic)
            return output.finish(failure.status)
        }
    }

    /// Help and version go to standard output as they are; all else is a usage error in our voice.
    private func finish(parsingEndedWith error: any Error) -> ExitStatus {
        let isHelp = RootCommand.exitCode(for: error).isSuccess
        let output = Output(
            format: GlobalOptions.asksForJSON(arguments) && !isHelp ? .json : .text, verbosity: .normal)
        if isHelp {
            output.information(RootCommand.message(for: error))
            return output.finish(.done)
        }
        output.error(UsageError.diagnostic(of: error))
        return output.finish(.usage)
    }
}
