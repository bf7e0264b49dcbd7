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
        if let name = settings.profile { return try profile(name, provider: provider.name) }
        if let command = settings.command { return try await self.command(command, provider: provider.name) }
        if provider.name == nameForSharedVariables, let resolved = try variables("AWS_") { return resolved }
        throw ConfigurationError(
            .noCredentials, file: file, reason: "no credentials for provider '\(provider.name)'",
            hint:
                "give it a profile, or set \(provider.environmentPrefix)_ACCESS_KEY_ID and _SECRET_ACCESS_KEY"
        )
    }

    /// The credentials that may delete: the profile that `prune_profile` names. nil when it names none.
    public func prune(
        _ provider: ProviderConfiguration, _ s3: S3Configuration
    ) throws(ConfigurationError) -> Resolved? {
        guard let name = s3.pruneProfile else { return nil }
        return try profile(name, provider: provider.name)
    }

    /// The credentials that sign the addresses in links: the profile that `share_profile` names. nil when it names none.
    public func share(
        _ provider: ProviderConfiguration, _ s3: S3Configuration
    ) throws(ConfigurationError) -> Resolved? {
        guard let name = s3.shareProfile else { return nil }
        return try profile(name, provider: provider.name)
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

    private func profile(_ name: String, provider: String) throws(ConfigurationError) -> Resolved {
        let paths = StandardPaths(environment)
        let credentialsFile = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "~/.aws/credentials"
        let configFile = environment["AWS_CONFIG_FILE"] ?? "~/.aws/config"
        for (file, isConfig) in [(credentialsFile, false), (configFile, true)] {
            let path = paths.expanding(file)
            guard let profile = try readProfile(name, path: path, isConfig: isConfig),
                let identifier = profile.settings["aws_access_key_id"],
                let secret = profile.settings["aws_secret_access_key"]
            else { continue }
            return Resolved(
                credentials: S3Credentials(
                    accessKeyID: identifier, secretAccessKey: secret,
                    sessionToken: profile.settings["aws_session_token"]),
                source: "profile '\(name)' in \(file)")
        }
        throw ConfigurationError(
            .noCredentials, file: paths.expanding(credentialsFile),
            reason: "no keys under [\(name)], which provider '\(provider)' names",
            hint:
                "write aws_access_key_id and aws_secret_access_key there, or: aws configure --profile \(name)"
        )
    }

    private func readProfile(
        _ name: String, path: String, isConfig: Bool
    ) throws(ConfigurationError) -> AWSProfile? {
        let text: TextFile
        do {
            text = try TextFile(path: path)
        } catch  where error.code == .notFound {
            return nil
        }
        // The config file holds keys only now and then, and is often meant to be read.
        let profile = AWSProfile(
            name: name, in: String(decoding: text.bytes, as: UTF8.self), isConfig: isConfig)
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

        enum CodingKeys: String, CodingKey {
            case version = "Version"
            case accessKeyID = "AccessKeyId"
            case secretAccessKey = "SecretAccessKey"
            case sessionToken = "SessionToken"
        }
    }

    private func command(_ text: String, provider: String) async throws -> Resolved {
        let setting = "credentials_command of provider '\(provider)'"
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
                    #"print {"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…"}, as credential_process does"#
            )
        }
        return Resolved(
            credentials: S3Credentials(
                accessKeyID: printed.accessKeyID, secretAccessKey: printed.secretAccessKey,
                sessionToken: printed.sessionToken),
            source: "credentials_command")
    }
}
