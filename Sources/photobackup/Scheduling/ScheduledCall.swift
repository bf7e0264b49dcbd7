internal import Configuration
internal import Crypto
internal import Glibc
internal import Terminal

/// The call of this program that a timer makes, and what it is known by: each configuration has a schedule of its own.
struct ScheduledCall: Sendable {
    /// Absolute.
    let program: String
    /// Absolute.
    let configurationFile: String
    /// What the program needs of its environment to find its files, as a timer starts it with almost nothing in it.
    let variables: [(name: String, value: String)]
    /// What units and lines of it are known by.
    let name: String

    /// Variables that say where files are; those with secrets are not written anywhere.
    private static let carried = [
        "XDG_STATE_HOME", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "PHOTOBACKUP_PASSWORD_FILE",
    ]
    /// Variables that a person may rely on and that a timer does not have.
    private static let left = ["PHOTOBACKUP_PASSWORD", "PHOTOBACKUP_PASSWORD_COMMAND", "AWS_ACCESS_KEY_ID"]

    /// - Throws: `CommandError` where a text of it cannot stand in a unit or in a line of a crontab: a line end in a path would
    ///   begin a line of its own there.
    init(
        program: String, configurationFile: String, variables: [(name: String, value: String)], name: String
    ) throws(CommandError) {
        for text in [program, configurationFile] + variables.map(\.value) {
            try Self.requireOneLine(text)
        }
        (self.program, self.configurationFile, self.variables) = (program, configurationFile, variables)
        self.name = name
    }

    init(context: CommandContext) throws(CommandError) {
        guard let program = Self.absolute("/proc/self/exe"),
            let file = Self.absolute(
                StandardPaths(context.environment).configurationFile(
                    option: context.options.configurationFile))
        else { throw CommandError(what: "schedule", why: "this program's own path cannot be found") }
        // The usual configuration has the plain name.
        let usual = Self.absolute(StandardPaths(ProcessEnvironment([:])).configurationFile(option: nil))
        try self.init(
            program: program, configurationFile: file,
            variables: Self.carried.compactMap { name in
                context.environment[name].map { (name: name, value: $0) }
            },
            name: file == usual ? "photobackup" : "photobackup-\(SHA256.hash(Array(file.utf8)).hex.prefix(8))"
        )
    }

    static func requireOneLine(_ text: String) throws(CommandError) {
        // What is no UTF-8 was replaced when it became a text, and would name another file.
        let isPlain = text.unicodeScalars.allSatisfy {
            ![.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
                && $0 != "\u{fffd}"
        }
        guard isPlain else {
            throw CommandError(
                .configuration, what: "schedule",
                why: "'\(singleLine(text))' holds a line end, another control character or no UTF-8",
                hint: "rename the file or folder, or give another one")
        }
    }

    private static func absolute(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The variables that are set now, and that runs will not have.
    func leftVariables(_ environment: ProcessEnvironment) -> [String] {
        Self.left.filter { environment[$0] != nil }
    }

    /// How much later than planned this machine begins: the same at each run.
    func delay(upTo jitter: Int64) -> Int64 {
        guard jitter > 0 else { return 0 }
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let digest = SHA256.hash(host.map { UInt8(bitPattern: $0) } + Array(configurationFile.utf8))
        let number = digest.bytes.prefix(6).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return number % (jitter + 1)
    }

    /// Program and arguments, without the command's name.
    func arguments(_ rest: [String]) -> [String] {
        [program, "--config", configurationFile, "schedule", "run"] + rest
    }
}
