internal import Backup
internal import Configuration
internal import Foundation
internal import Terminal

/// What a command is given: where to write, what the person configured, and where secrets come from.
struct CommandContext: Sendable {
    let options: GlobalOptions
    let output: Output
    let environment: ProcessEnvironment
    /// What went wrong with catalogs in an earlier attempt of this run.
    let catalogTroubles = CatalogTroubles()
    private let warnings: ShownWarnings

    init(options: GlobalOptions, output: Output, environment: ProcessEnvironment) {
        self.options = options
        self.output = output
        self.environment = environment
        warnings = ShownWarnings(output: output)
    }

    /// Takes what the flows warn of.
    var warning: Backup.WarningHandler {
        { [warnings] in
            warnings.show(Diagnostic(what: singleLine($0.what), why: singleLine($0.why), hint: $0.hint))
        }
    }

    /// Takes what reading a configuration and secrets warns of.
    var configurationWarning: Configuration.WarningHandler {
        { [warnings] in warnings.show(Diagnostic(what: $0.what, why: $0.why, hint: $0.hint)) }
    }

    /// The configuration file, read anew.
    func configuration() throws(ConfigurationError) -> BackupConfiguration {
        let configuration = try BackupConfiguration.load(
            from: configurationFile, environment: environment, warn: configurationWarning)
        try configuration.checkValues()
        return configuration
    }

    /// Where the configuration file is, or is to be.
    var configurationFile: String {
        StandardPaths(environment).configurationFile(option: options.configurationFile)
    }

    func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// A path that a person typed, from the root.
    func absolute(_ path: String) -> String {
        let path = StandardPaths(environment).expanding(path)
        guard !path.hasPrefix("/") else { return path }
        return FileManager.default.currentDirectoryPath + "/" + path
    }

    func credentials(_ configuration: BackupConfiguration) -> CredentialResolver {
        CredentialResolver(configuration, environment: environment, warn: configurationWarning)
    }

    /// - Parameter configuration: nil for a command that needs none.
    func secrets(_ configuration: BackupConfiguration? = nil) -> SecretSources {
        SecretSources(
            environment: environment, passwordFile: options.passwordFile,
            passwordCommand: configuration?.passwordCommand)
    }

    /// Runs a command once more where this machine's catalog has turned out in the middle of it to be one that cannot be
    /// used: it is opened as such then. Not where results were given already, which would come twice.
    func goingOnWithoutCatalog<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as CatalogError where !catalogTroubles.hasMet(error) {
            try Task.checkCancellation()
            guard error.code != .other, !output.hasResults else { throw error }
            catalogTroubles.note(error)
            return try await body()
        }
    }

    /// Whether a progress line will be shown.
    var showsProgress: Bool { output.canShowProgress && !options.noProgress }

    /// Runs `body` while the progress line, where one belongs, shows what `snapshot` returns.
    func withProgress<Result>(
        _ snapshot: @escaping @Sendable () -> ProgressSnapshot, _ body: () async throws -> Result
    ) async rethrows -> Result {
        let display = options.noProgress ? nil : ProgressDisplay(on: output, snapshot: snapshot)
        defer { display?.stop() }
        return try await body()
    }
}
