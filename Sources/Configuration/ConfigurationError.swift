/// What is wrong with the configuration, or missing from it: which file, which key, and what to do. Never holds
/// a secret.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// A file does not exist.
        case notFound
        /// A file exists and cannot be read.
        case unreadable
        /// A file is no TOML; `line` says where.
        case syntax
        case unknownKey
        case missingValue
        case wrongType
        /// A value of the right type that may not stand there.
        case invalidValue
        /// Two things of one name.
        case duplicate
        /// A file names commands, and others than its user can change it.
        case writableByOthers
        /// The command needs a provider, and none is configured.
        case noProvider
        /// No credentials were found for a provider.
        case noCredentials
        /// A command of the configuration failed, or did not print what it should.
        case commandFailed
    }

    public let code: Code
    /// The file that is meant, if one is.
    public let file: String?
    /// Where in the file, as `provider[2].bucket`; providers and collections count from 1.
    public let keyPath: String?
    /// For a syntax error, from 1.
    public let line: Int?
    /// What is wrong.
    public let reason: String
    /// What a person can do about it.
    public let hint: String?

    public init(
        _ code: Code, file: String? = nil, keyPath: String? = nil, line: Int? = nil, reason: String,
        hint: String? = nil
    ) {
        self.code = code
        self.file = file
        self.keyPath = keyPath
        self.line = line
        self.reason = reason
        self.hint = hint
    }

    public var description: String {
        [file, line.map { "line \($0)" }, keyPath, reason].compactMap(\.self).joined(separator: ": ")
    }
}

/// What is not wrong, but should be put right.
public struct ConfigurationWarning: Sendable, Hashable {
    public let what: String
    public let why: String
    public let hint: String

    public init(what: String, why: String, hint: String) {
        self.what = what
        self.why = why
        self.hint = hint
    }
}

/// Receives warnings while a configuration is read and its secrets are found.
public typealias WarningHandler = @Sendable (ConfigurationWarning) -> Void
