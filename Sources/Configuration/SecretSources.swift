public import Crypto

/// Finds the password, and what else a command may ask for.
///
/// The password comes from the first of: `--password-file`, `PHOTOBACKUP_PASSWORD`,
/// `PHOTOBACKUP_PASSWORD_FILE`, `PHOTOBACKUP_PASSWORD_COMMAND`, `password_command` of the configuration, and the
/// terminal. One line end at the end of a file or of a command's output is dropped. An empty secret is refused.
///
/// Errors of all functions: `SecretError`, `ConfigurationError` with `commandFailed`, `CancellationError`.
public struct SecretSources: Sendable {
    static let maximumByteCount = 1 << 16

    private let environment: ProcessEnvironment
    private let passwordFile: String?
    private let passwordCommand: String?
    private let prompt: PasswordPrompt

    /// - Parameters:
    ///   - passwordFile: the option `--password-file`.
    ///   - passwordCommand: `password_command` of the configuration.
    public init(
        environment: ProcessEnvironment, passwordFile: String?, passwordCommand: String?,
        prompt: PasswordPrompt = PasswordPrompt()
    ) {
        self.environment = environment
        self.passwordFile = passwordFile
        self.passwordCommand = passwordCommand
        self.prompt = prompt
    }

    /// The password that this run was given on purpose, by option or environment; nil when it was given none.
    ///
    /// Such a password is used and checked even where a device key would do.
    public func givenPassword() async throws -> SecretBytes? {
        if let passwordFile { return try file(passwordFile) }
        if let value = environment.bytes("PHOTOBACKUP_PASSWORD") {
            return try secret(value, subject: "password", from: "PHOTOBACKUP_PASSWORD")
        }
        if let path = environment["PHOTOBACKUP_PASSWORD_FILE"] { return try file(path) }
        if let text = environment["PHOTOBACKUP_PASSWORD_COMMAND"] {
            return try await command(text, setting: "PHOTOBACKUP_PASSWORD_COMMAND")
        }
        return nil
    }

    /// The password of an existing vault, asked for on the terminal where nothing else gives it.
    public func password() async throws -> SecretBytes {
        if let given = try await configuredPassword() { return given }
        return try await ask("password", confirm: false)
    }

    /// The password of a vault that is being made: on the terminal it is asked for twice.
    public func passwordForNewVault() async throws -> SecretBytes {
        if let given = try await configuredPassword() { return given }
        return try await ask("password", confirm: true)
    }

    /// The password to change to: `PHOTOBACKUP_NEW_PASSWORD`, else the terminal, twice.
    public func newPassword() async throws -> SecretBytes {
        if let value = environment.bytes("PHOTOBACKUP_NEW_PASSWORD") {
            return try secret(value, subject: "new password", from: "PHOTOBACKUP_NEW_PASSWORD")
        }
        return try await ask("new password", confirm: true, variable: "PHOTOBACKUP_NEW_PASSWORD")
    }

    /// The password of a link: `PHOTOBACKUP_SHARE_PASSWORD`, else the terminal, twice where it is a new one.
    public func sharePassword(isNew: Bool) async throws -> SecretBytes {
        let variable = "PHOTOBACKUP_SHARE_PASSWORD"
        if let value = environment.bytes(variable) {
            return try secret(value, subject: "link's password", from: variable)
        }
        // A command that opens a link opens no vault: a file is the link's then.
        if !isNew, let passwordFile { return try file(passwordFile) }
        return try await ask("link's password", confirm: isNew, variable: variable)
    }

    /// The 24 words: `PHOTOBACKUP_RECOVERY_PHRASE`, else the terminal, which shows them while they are typed.
    public func recoveryPhrase() async throws -> SecretBytes {
        let variable = "PHOTOBACKUP_RECOVERY_PHRASE"
        if let value = environment.bytes(variable) {
            return try secret(value, subject: "recovery phrase", from: variable)
        }
        return try await ask("recovery phrase", confirm: false, showsTyping: true, variable: variable)
    }

    private func configuredPassword() async throws -> SecretBytes? {
        if let given = try await givenPassword() { return given }
        guard let passwordCommand else { return nil }
        return try await command(passwordCommand, setting: "password_command")
    }

    private func file(_ path: String) throws(SecretError) -> SecretBytes {
        let path = StandardPaths(environment).expanding(path)
        let text: TextFile
        do {
            text = try TextFile(path: path)
        } catch {
            throw SecretError(
                code: .unreadable, subject: "password", reason: error.description,
                hint: "name a file that holds the password alone")
        }
        // systemd guards its credentials by their folder, and may show the group's bits on them.
        let isCredential = environment["CREDENTIALS_DIRECTORY"].map { path.hasPrefix("\($0)/") } ?? false
        guard !text.isReadableByOthers || isCredential else {
            throw SecretError(
                code: .readableByOthers, subject: "password", reason: "\(path) can be read by others",
                hint: "chmod 600 '\(path)', and change the password if anybody has read it")
        }
        return try secret(droppingLineEnd(text.takeBytes()), subject: "password", from: path)
    }

    private func command(_ text: String, setting: String) async throws -> SecretBytes {
        let output = try await ShellCommand(
            text, setting: setting, variables: environment.forCommandsThatFetchSecrets
        ).output()
        return try secret(droppingLineEnd(output), subject: "password", from: setting)
    }

    private func droppingLineEnd(_ bytes: consuming [UInt8]) -> [UInt8] {
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        return bytes
    }

    private func secret(
        _ bytes: consuming [UInt8], subject: String, from source: String
    ) throws(SecretError) -> SecretBytes {
        guard !bytes.isEmpty else {
            throw SecretError(
                code: .empty, subject: subject, reason: "\(source) is empty",
                hint: "put the secret there, or give none there: it is asked for then")
        }
        guard bytes.count <= Self.maximumByteCount else {
            bytes.wipe()
            throw SecretError(
                code: .tooLong, subject: subject, reason: "\(source) is longer than 64 KiB",
                hint: "name what holds the secret alone")
        }
        return SecretBytes(consuming: &bytes)
    }

    private func ask(
        _ subject: String, confirm: Bool, showsTyping: Bool = false, variable: String = "PHOTOBACKUP_PASSWORD"
    ) async throws -> SecretBytes {
        guard let first = try await prompt.ask(subject, subject: subject, showsTyping: showsTyping) else {
            throw SecretError(
                code: .notGiven, subject: subject,
                reason: "none was given, and there is no terminal to ask on",
                hint: variable == "PHOTOBACKUP_PASSWORD"
                    ? "set \(variable), or give --password-file, or password_command in the configuration"
                    : "set \(variable)")
        }
        guard first.count > 0 else {
            throw SecretError(
                code: .empty, subject: subject, reason: "nothing was typed, and it may not be empty",
                hint: nil)
        }
        if confirm {
            let second = try await prompt.ask("\(subject) again", subject: subject)
            guard second == first else {
                throw SecretError(
                    code: .mismatch, subject: subject,
                    reason: "the two that were typed differ; nothing was changed",
                    hint: nil)
            }
        }
        return first
    }
}
