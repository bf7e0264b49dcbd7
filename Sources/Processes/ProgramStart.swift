internal import CLinux
internal import Glibc

/// How another program is started: the one place of this program that does.
///
/// It gets the environment that it is given and nothing else, the three standard descriptors, and the signals as a fresh
/// program expects them, since this one blocks some and ignores SIGPIPE.
public struct ProgramStart: Sendable {
    /// What a standard descriptor of the program is.
    public enum Stream: Sendable {
        case descriptor(CInt)
        /// `/dev/null`.
        case nothing
        case inherited
    }

    /// By its path.
    public var program: String
    /// The first is the name by which the program is called.
    public var words: [String]
    public var environment: ChildEnvironment
    public var input = Stream.nothing
    public var output = Stream.inherited
    public var error = Stream.inherited
    /// Whether nothing else that is open here is open there, not even what every program inherits.
    public var closesAllElse = false
    /// A process group of its own, which can be ended as one.
    public var leadsGroup = false

    public init(_ program: String, _ words: [String], environment: ChildEnvironment) {
        self.program = program
        self.words = words
        self.environment = environment
    }

    /// Returns once the program has taken the place of this one's copy; 0, or an errno.
    public func start() -> (process: CInt, error: CInt) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let streams = [
            (input, STDIN_FILENO, O_RDONLY), (output, STDOUT_FILENO, O_WRONLY),
            (error, STDERR_FILENO, O_WRONLY),
        ]
        for (stream, standard, mode) in streams {
            switch stream {
            case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, standard)
            case .nothing: posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", mode, 0)
            case .inherited: break
            }
        }
        if closesAllElse { clinux_close_from_when_spawned(&actions, STDERR_FILENO + 1) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (leadsGroup ? POSIX_SPAWN_SETPGROUP : 0)
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        // A copy of a secret that was given by name does not stay behind.
        var variables = environment.entries.map(Self.copy) + [nil]
        defer {
            for variable in variables.compactMap(\.self) {
                explicit_bzero(variable, strlen(variable))
                free(variable)
            }
        }
        var process: pid_t = 0
        let error = posix_spawn(&process, program, &actions, &attributes, &arguments, &variables)
        return (process, error)
    }

    private static func copy(_ entry: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        (entry + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { strdup($0.baseAddress!) }
        }
    }
}
