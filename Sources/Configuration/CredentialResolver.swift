internal import Crypto
internal import Foundation
public import S3Signer

/// Finds the credentials of each S3 provider, in this order: keys in the configuration,
/// `PHOTOBACKUP_<NAME>_ACCESS_KEY_ID` and its kin, the AWS profile, `credentials_command`, and `AWS_…` where it
/// is the only provider that names none.
public struct CredentialResolver: Sendable {
    /// Credentials, and where they were found.
    public struct Resolved: Sendable {
        public let credentials: S3Credentials
        /// For people, as `profile 'backblaze' in ~/.aws/credentials`; never a secret.
        public let source: String
    }

    private let environment: ProcessEnvironment
    private let warn: WarningHandler
    private let file: String
    /// The name of the one provider that `AWS_…` may serve.
    private let nameForSharedVariables: String?

    public init(
        _ configuration: BackupConfiguration, environment: ProcessEnvironment, warn: @escaping WarningHandler
    ) {
        self.environment = environment
        self.warn = warn
        file = configuration.file
        let without = configuration.providers.filter { provider in
            guard case .s3(let s3) = provider.kind else { return false }
            return s3.credentials.isEmpty && environment["\(provider.environmentPrefix)_ACCESS_KEY_ID"] == nil
        }
        nameForSharedVariables = without.count == 1 ? without[0].name : nil
    }

    /// The everyday credentials of an S3 provider.
    ///
    /// Errors: `ConfigurationError` (`noCredentials`, `missingValue` where one half of a pair is not there,
    /// `commandFailed`, `unreadable`); `CancellationError`.
    public func everyday(_ provider: ProviderConfiguration, _ s3: S3Configuration) async throws -> Resolved {
        let settings = s3.credentials
        if let keys = settings.keys {
            return Resolved(
                credentials: S3Credentials(
                    accessKeyID: keys.accessKeyID, secretAccessKey: keys.secretAccessKey),
                source: settings.description)
        }
        if let resolved = try variables(provider.environmentPrefix + "_") { return resolved }
        if let name = settings.profile { return try await profile(name, provider: provider.name) }
        if let command = settings.command {
            return try await self.command(
                command, setting: "credentials_command of provider '\(provider.name)'",
                source: "credentials_command")
        }
        if provider.name == nameForSharedVariables, let resolved = try variables("AWS_") { return resolved }
        throw ConfigurationError(
            .noCredentials, file: file, reason: "no credentials for provider '\(provider.name)'",
            hint:
                "give it a profile, or set \(provider.environmentPrefix)_ACCESS_KEY_ID and _SECRET_ACCESS_KEY"
        )
    }

    /// The credentials that may delete, with errors as `everyday` has them: the profile that `prune_profile` names. nil when it names none.
    public func prune(
        _ provider: ProviderConfiguration, _ s3: S3Configuration
    ) async throws -> Resolved? {
        guard let name = s3.pruneProfile else { return nil }
        return try await profile(name, provider: provider.name)
    }

    /// The credentials that sign the addresses in links: the profile that `share_profile` names. nil when it names none.
    public func share(
        _ provider: ProviderConfiguration, _ s3: S3Configuration
    ) async throws -> Resolved? {
        guard let name = s3.shareProfile else { return nil }
        return try await profile(name, provider: provider.name)
    }

    private func variables(_ prefix: String) throws(ConfigurationError) -> Resolved? {
        let identifier = environment[prefix + "ACCESS_KEY_ID"]
        let secret = environment[prefix + "SECRET_ACCESS_KEY"]
        if identifier == nil, secret == nil { return nil }
        guard let identifier, let secret else {
            throw ConfigurationError(
                .missingValue,
                reason: "\(prefix)\(identifier == nil ? "ACCESS_KEY_ID" : "SECRET_ACCESS_KEY") is not set",
                hint: "\(prefix)ACCESS_KEY_ID and \(prefix)SECRET_ACCESS_KEY belong together")
        }
        return Resolved(
            credentials: S3Credentials(
                accessKeyID: identifier, secretAccessKey: secret,
                sessionToken: environment[prefix + "SESSION_TOKEN"]),
            source: "\(prefix)ACCESS_KEY_ID")
    }

    /// The keys of a profile: those of the credentials file, what `credential_process` prints, those of the config file,
    /// or those of the profile that `source_profile` names.
    ///
    /// Source: the order of botocore's providers.
    private func profile(
        _ name: String, provider: String, behind: [String] = []
    ) async throws -> Resolved {
        let paths = StandardPaths(environment)
        let credentialsFile = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "~/.aws/credentials"
        let configFile = environment["AWS_CONFIG_FILE"] ?? "~/.aws/config"
        let first = try readProfile(name, path: paths.expanding(credentialsFile), isConfig: false)
        let second = try readProfile(name, path: paths.expanding(configFile), isConfig: true)
        var both = second ?? first
        if let first { both?.precede(by: first) }

        if let resolved = Self.resolved(first, "profile '\(name)' in \(credentialsFile)") { return resolved }
        if let process = both?.settings["credential_process"] {
            guard let words = ShellWords.split(process), !words.isEmpty else {
                throw ConfigurationError(
                    .commandFailed, file: paths.expanding(configFile),
                    reason: "credential_process of profile '\(name)': a quote does not end",
                    hint: "or name the command as credentials_command of the provider")
            }
            for file in [credentialsFile, configFile].map(paths.expanding) {
                try FileWriters.requireOwn(file, naming: "credential_process of profile '\(name)'")
            }
            return try await command(
                "exec " + ShellWords.quoted(words), setting: "credential_process of profile '\(name)'",
                source: "credential_process of profile '\(name)'")
        }
        if let resolved = Self.resolved(second, "profile '\(name)' in \(configFile)") { return resolved }
        // Whoever wrote a section's name in another way meant this profile all the same.
        for (file, isConfig) in [(credentialsFile, false), (configFile, true)] {
            let meant = try readProfile(
                name, path: paths.expanding(file), isConfig: isConfig, isLenient: true)
            if let resolved = Self.resolved(meant, "profile '\(name)' in \(file)") { return resolved }
        }
        if let source = both?.unreadSource {
            throw ConfigurationError(
                .noCredentials, file: paths.expanding(configFile),
                reason:
                    "profile '\(name)', which provider '\(provider)' names, \(source); photobackup reads keys only",
                hint:
                    "credentials_command = \"aws configure export-credentials --profile \(name)\" in place of profile gets them"
            )
        }
        if let next = both?.settings["source_profile"], next != name, !behind.contains(next) {
            return try await profile(next, provider: provider, behind: behind + [name])
        }
        throw ConfigurationError(
            .noCredentials, file: paths.expanding(credentialsFile),
            reason: "no keys under [\(name)], which provider '\(provider)' names",
            hint:
                "write aws_access_key_id and aws_secret_access_key there, or: aws configure --profile \(name)"
        )
    }

    private static func resolved(_ profile: AWSProfile?, _ source: String) -> Resolved? {
        profile?.keys.map { keys in
            Resolved(
                credentials: S3Credentials(
                    accessKeyID: keys.accessKeyID, secretAccessKey: keys.secretAccessKey,
                    sessionToken: keys.sessionToken, isRenewable: true),
                source: source)
        }
    }

    private func readProfile(
        _ name: String, path: String, isConfig: Bool, isLenient: Bool = false
    ) throws(ConfigurationError) -> AWSProfile? {
        let text: TextFile
        do {
            text = try TextFile(path: path)
        } catch  where error.code == .notFound {
            return nil
        }
        // The config file holds keys only now and then, and is often meant to be read.
        let profile = AWSProfile(
            name: name, in: String(decoding: text.bytes, as: UTF8.self), isConfig: isConfig,
            isLenient: isLenient)
        if profile?.settings["aws_secret_access_key"] != nil {
            text.warnIfReadableByOthers(path, holding: "access keys", warn)
        }
        return profile
    }

    /// What `credential_process` prints (AWS SDKs and Tools Reference Guide, "Process credential provider").
    private struct ProcessCredentials: Decodable {
        let version: Int
        let accessKeyID: String
        let secretAccessKey: String
        let sessionToken: String?
        let expiration: String?

        enum CodingKeys: String, CodingKey {
            case version = "Version"
            case accessKeyID = "AccessKeyId"
            case secretAccessKey = "SecretAccessKey"
            case sessionToken = "SessionToken"
            case expiration = "Expiration"
        }
    }

    /// - Parameter setting: the key that holds the command, for messages.
    private func command(_ text: String, setting: String, source: String) async throws -> Resolved {
        var output = try await ShellCommand(
            text, setting: setting, variables: environment.forCommandsThatFetchSecrets
        ).output()
        defer { output.wipe() }
        // The decoder's own error could quote what was printed.
        guard let printed = try? JSONDecoder().decode(ProcessCredentials.self, from: Data(output)),
            printed.version == 1, !printed.accessKeyID.isEmpty, !printed.secretAccessKey.isEmpty
        else {
            throw ConfigurationError(
                .commandFailed, file: file, reason: "\(setting): what it prints are no credentials",
                hint:
                    #"credential_process and credentials_command print {"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…"}"#
            )
        }
        return Resolved(
            credentials: S3Credentials(
                accessKeyID: printed.accessKeyID, secretAccessKey: printed.secretAccessKey,
                sessionToken: printed.sessionToken.flatMap { $0.isEmpty ? nil : $0 },
                expiration: printed.expiration.flatMap(Self.seconds), isRenewable: true),
            source: source)
    }

    /// `2026-11-28T18:00:00Z`, with fractions of a second and other zones too; what is no time is taken for none.
    private static func seconds(_ time: String) -> Int64? {
        let date =
            (try? Date(time, strategy: .iso8601))
            ?? (try? Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        guard let seconds = date?.timeIntervalSince1970, abs(seconds) < 1e15 else { return nil }
        return Int64(seconds)
    }
}
