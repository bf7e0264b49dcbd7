internal import ArgumentParser
internal import Terminal

/// The options that every command has.
struct GlobalOptions: ParsableArguments, Sendable {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The configuration file.",
            discussion: "Else $PHOTOBACKUP_CONFIG, else ~/.config/photobackup/config.toml.",
            valueName: "file"))
    var configurationFile: String?

    @Flag(help: "Print one JSON object a line, and a summary at the end.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say nothing but results, warnings and errors.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say more.")
    var verbose = false

    @Flag(help: "Show no progress line.")
    var noProgress = false

    @Option(help: ArgumentHelp("A file that holds the password.", valueName: "file"))
    var passwordFile: String?

    @Option(help: ArgumentHelp("Send each provider at most so much a second: 10M.", valueName: "rate"))
    var limitUpload: ByteRate?

    @Option(help: ArgumentHelp("Fetch from each provider at most so much a second: 10M.", valueName: "rate"))
    var limitDownload: ByteRate?

    @Option(help: ArgumentHelp("Transfers at the same time, for each provider.", valueName: "number"))
    var connections: Int?

    mutating func validate() throws {
        if let connections, !(1...64).contains(connections) {
            throw ValidationError("--connections takes a number from 1 to 64")
        }
        guard !(quiet && verbose) else { throw ValidationError("--quiet and --verbose exclude each other") }
    }

    var verbosity: Output.Verbosity { quiet ? .quiet : verbose ? .verbose : .normal }
}

extension GlobalOptions {
    private static let flags: Set = ["--json", "--quiet", "-q", "--verbose", "-v", "--no-progress"]
    private static let optionsWithValue: Set = [
        "--config", "--password-file", "--limit-upload", "--limit-download", "--connections",
    ]

    /// The arguments with global options that stand before the command moved behind it, where the parser
    /// expects them: `--json status` becomes `status --json`.
    static func movedBehindCommand(_ arguments: [String]) -> [String] {
        var end = 0
        while end < arguments.count {
            let name = arguments[end].prefix { $0 != "=" }
            if flags.contains(arguments[end])
                || optionsWithValue.contains(String(name)) && name != arguments[end][...]
            {
                end += 1
            } else if optionsWithValue.contains(arguments[end]), end + 1 < arguments.count {
                end += 2
            } else {
                break
            }
        }
        guard end < arguments.count else { return arguments }
        let terminator = arguments[end...].firstIndex(of: "--") ?? arguments.endIndex
        return Array(arguments[end..<terminator] + arguments[..<end] + arguments[terminator...])
    }

    /// Whether JSON is asked for, of arguments that may not even be valid.
    static func asksForJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--json")
    }
}
