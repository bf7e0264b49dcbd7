internal import ArgumentParser
internal import Configuration
internal import Crypto
internal import Terminal

/// The one provider that a new machine reaches the vault by, as options give it.
struct EntranceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The address of an S3-compatible service.", valueName: "url"))
    var endpoint: String?
    @Option(help: "Its region.") var region: String?
    @Option(help: "The bucket.") var bucket: String?
    @Option(help: "What stands before every object's name in the bucket.") var prefix: String?
    @Option(help: "path, or virtual for a bucket that is part of the host's name.") var addressing: String?
    @Option(help: ArgumentHelp("Certificates (PEM) to trust instead of the system's.", valueName: "file"))
    var caFile: String?
    @Option(help: "A profile in the AWS shared credentials file.") var profile: String?
    @Option(help: ArgumentHelp("A directory that holds a replica.", valueName: "directory"))
    var path: String?

    func validate() throws {
        guard path == nil || endpoint == nil && bucket == nil && region == nil else {
            throw ValidationError("--path names a directory, and no bucket goes with it")
        }
    }
}

/// That provider, reached: a configuration that has it alone.
struct Entrance {
    /// Until the vault tells how the provider is called.
    private static let name = "entrance"

    let configuration: BackupConfiguration
    /// What is written of it, in the order of the file.
    let values: [(key: String, value: String)]
    let provider: ProviderConfiguration

    /// Asks for what the options leave out, on the terminal.
    ///
    /// - Throws: `CommandError` when there is no terminal to ask on; `ConfigurationError`.
    init(_ options: EntranceOptions, in context: CommandContext, file: String) async throws {
        var entrance = NewConfiguration.Provider(name: Self.name)
        var (path, endpoint) = (options.path, options.endpoint)
        let isAsked = path == nil && endpoint == nil
        if isAsked {
            guard let place = try await context.ask("address of a provider (https://…), or a directory")
            else {
                throw CommandError(
                    .usage, what: "usage", why: "no provider is named",
                    hint: "give --endpoint, --region and --bucket, or --path DIRECTORY")
            }
            if place.contains("://") { endpoint = place } else { path = place }
        }
        if let path {
            entrance.set("path", context.absolute(path))
        } else {
            entrance.set("endpoint", endpoint)
            entrance.set("region", try await context.ask("region", unless: options.region))
            entrance.set("bucket", try await context.ask("bucket", unless: options.bucket))
            let prefix = isAsked ? try await context.ask("prefix in the bucket, if any") : nil
            entrance.set("prefix", options.prefix ?? prefix)
            entrance.set("addressing", options.addressing)
            entrance.set("ca_file", options.caFile.map(context.absolute))
            entrance.set("profile", options.profile)
        }
        var configuration = try Self.parse(entrance, file, context)
        if case .s3(let s3) = configuration.providers[0].kind {
            do {
                _ = try await context.credentials(configuration).everyday(configuration.providers[0], s3)
            } catch let error as ConfigurationError
                where error.code == .noCredentials && options.profile == nil
            {
                guard let keys = try await context.askForKeys("") else {
                    throw ConfigurationError(
                        .noCredentials, reason: "no credentials for this provider",
                        hint: "give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
                }
                entrance.values += keys
                configuration = try Self.parse(entrance, file, context)
            }
        }
        self.configuration = configuration
        values = entrance.values
        provider = configuration.providers[0]
    }

    private static func parse(
        _ provider: NewConfiguration.Provider, _ file: String, _ context: CommandContext
    ) throws(ConfigurationError) -> BackupConfiguration {
        try BackupConfiguration.parse(
            Array(NewConfiguration(providers: [provider]).text.utf8), file: file,
            environment: context.environment)
    }

    /// What is set of it besides its place.
    func value(_ key: String) -> String? { values.first { $0.key == key }?.value }

    /// How the environment variables of a provider of that name begin.
    static func environmentPrefix(_ name: String) -> String {
        ProviderConfiguration.environmentPrefix(name)
    }
}

extension CommandContext {
    /// What a person types, shown while it is typed, unless it was given; nil where nobody can be asked.
    func ask(_ question: String, unless given: String? = nil) async throws -> String? {
        if let given { return given }
        return try await PasswordPrompt().ask(question, subject: question, showsTyping: true).map(Self.text)
    }

    /// The keys of a provider, as a person types them; nil where nobody can be asked, or nothing is typed.
    func askForKeys(_ name: String) async throws -> [(key: String, value: String)]? {
        let ending = name.isEmpty ? "" : " of \(name)"
        guard let identifier = try await ask("access key id\(ending)"), !identifier.isEmpty,
            let secret = try await PasswordPrompt().ask(
                "secret access key\(ending)", subject: "secret access key")
        else { return nil }
        return [("access_key_id", identifier), ("secret_access_key", Self.text(secret))]
    }

    private static func text(_ typed: SecretBytes) -> String {
        typed.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
