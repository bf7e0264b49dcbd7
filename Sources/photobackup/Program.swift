internal import CLinux
internal import Configuration
internal import Dispatch
internal import Glibc
internal import Synchronization
internal import Terminal

/// The program: parse, run, and turn whatever happens into messages and an exit code.
///
/// `main` is not `async`: libdispatch would then run the main queue with a thread of its own that takes every
/// signal, and the first SIGINT would kill the program. So nothing may run on the main actor: nobody serves it.
@main
struct Program {
    static func main() {
        StandardDescriptors.prepare()
        // No other program of this user reads this one's memory, and none of it goes into a core dump.
        _ = clinux_forbid_looking_inside()
        let environment = ProcessEnvironment.take()
        let arguments = Array(CommandLine.arguments.dropFirst())
        // A link's secret stands among them.
        clinux_hide_fragments()
        if let child = RootCommand.childCommand(arguments) { child.answerAndExit() }
        Allocator.prepare()
        Interruption.prepare()
        if let problem = StartLimits.prepare() {
            let isJSON = GlobalOptions.asksForJSON(arguments)
            let output = Output(format: isJSON ? .json : .text, verbosity: .normal)
            output.error(problem)
            exit(output.finish(.failed).rawValue)
        }
        let ended = DispatchSemaphore(value: 0)
        let status = Mutex(ExitStatus.failed)
        Task.detached {
            let result = await CommandRun(arguments: arguments, environment: environment).run()
            status.withLock { $0 = result }
            ended.signal()
        }
        ended.wait()
        exit(status.withLock { $0.rawValue })
    }
}
