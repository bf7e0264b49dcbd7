internal import ArgumentParser
internal import Configuration
internal import Terminal

/// Prints the configuration as the program understands it, and where each provider's credentials come from;
/// never a secret.
struct ConfigCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show the configuration as it is understood, without secrets.",
        shouldDisplay: false)

    @OptionGroup var global: GlobalOptions

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let resolver = context.credentials(configuration)
        var providers: [ResolvedProvider] = []
        for provider in try configuration.requireProviders() {
            var source: String?
            if case .s3(let s3) = provider.kind { source = try await resolver.everyday(provider, s3).source }
            providers.append(ResolvedProvider(provider, credentials: source))
        }
        let settings = ResolvedSettings(configuration)
        context.output.result("configuration", settings, text: settings.text)
        for provider in providers {
            context.output.result("provider", provider, text: provider.text)
        }
        for collection in configuration.collections.map(ResolvedCollection.init) {
            context.output.result("collection", collection, text: collection.text)
        }
        return CommandOutcome()
    }
}

private struct ResolvedSettings: Encodable {
    let file: String
    let quorum: Int
    let state: String
    let host: String?

    init(_ configuration: BackupConfiguration) {
        file = configuration.file
        quorum = configuration.quorum
        state = configuration.stateDirectory
        host = configuration.host
    }

    var text: String {
        var lines = ["configuration \(file)", "  quorum  \(quorum)", "  state   \(state)"]
        if let host { lines.append("  host    \(host)") }
        return lines.map(singleLine).joined(separator: "\n")
    }
}

private struct ResolvedProvider: Encodable {
    let name: String
    let kind: String
    let location: String
    let region: String?
    let credentials: String?
    let lockDays: Int?
    let storageClass: String?

    init(_ provider: ProviderConfiguration, credentials: String?) {
        name = provider.name
        self.credentials = credentials
        switch provider.kind {
        case .s3(let s3):
            kind = "s3"
            location = [s3.endpoint, s3.bucket, s3.prefix].filter { !$0.isEmpty }.joined(separator: "/")
            region = s3.region
            lockDays = s3.lockDays
            storageClass = s3.storageClass
        case .directory(let directory):
            kind = "directory"
            location = directory.path
            region = nil
            lockDays = nil
            storageClass = nil
        }
    }

    var text: String {
        var lines = ["provider \(name)", "  \(location)"]
        if let region { lines.append("  region      \(region)") }
        if let credentials { lines.append("  credentials \(credentials)") }
        if let lockDays { lines.append("  lock        \(lockDays) days") }
        if let storageClass { lines.append("  packs in    \(storageClass)") }
        return lines.map(singleLine).joined(separator: "\n")
    }
}

private struct ResolvedCollection: Encodable {
    struct Source: Encodable {
        let path: String
        let label: String
    }

    let name: String
    let sources: [Source]
    let exclude: [String]

    init(_ collection: CollectionConfiguration) {
        name = collection.name
        sources = collection.sources.map { Source(path: $0.path, label: $0.label) }
        exclude = collection.exclude
    }

    var text: String {
        (["collection \(name)"] + sources.map { "  \($0.path) as \($0.label)" }
            + exclude.map { "  not \($0)" })
            .map(singleLine).joined(separator: "\n")
    }
}
