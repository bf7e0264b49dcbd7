internal import ArgumentParser
internal import Backup
internal import Configuration
internal import ObjectStore
internal import Terminal
internal import Vault

/// Joins a vault from a new machine that knows one of its providers.
struct ConnectCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Join a vault on a new machine, from any one of its providers.",
        discussion: """
            Takes one provider and the password, or the 24 words with --words or PHOTOBACKUP_RECOVERY_PHRASE, finds the \
            other providers in the vault, and writes the configuration file. What is not given is asked for. \
            Credentials come from --profile, from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or are asked for.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var entrance: EntranceOptions
    @OptionGroup var kit: KitOptions

    @Flag(help: "Open the vault with the 24 words, and ask for them.")
    var words = false

    @Flag(help: "Leave no key on this machine: every command then asks for the password.")
    var noDeviceKey = false

    @Flag(help: "Replace a configuration file that is there.")
    var force = false

    @Flag(name: [.customShort("n"), .long], help: "See what is there, and write nothing.")
    var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let file = context.configurationFile
        guard force || dryRun || !context.isThere(file) else { throw NewConfiguration.alreadyThere(file) }
        let entrance = try await Entrance(entrance, in: context, file: file)
        let access =
            try await words
            ? context.vaultAccessWithWords(
                entrance.configuration, isChanging: !dryRun, wrappedKey: kit.key(in: context))
            : context.vaultAccess(
                entrance.configuration, isChanging: !dryRun, wrappedKey: kit.key(in: context))
        let vault = try await access.open()
        let snapshots = try await vault.snapshots(of: nil, warn: context.warning, onLost: { _ in })
        let joined = try await JoinedProviders(
            try vault.providerList(), entrance: entrance, isDryRun: dryRun, in: context)
        var deviceKey = "none"
        if !dryRun {
            // Refused here, a file that cannot be read back would leave the person with nothing to go on.
            let configuration = try BackupConfiguration.parse(
                Array(joined.file.text.utf8), file: file, environment: context.environment)
            try joined.file.write(to: file, replacing: force)
            if !noDeviceKey {
                try vault.makeDeviceKey()
                deviceKey = "made"
            }
            if joined.withoutCredentials.isEmpty {
                try await lookAtAll(configuration, as: vault, in: context)
            }
        }
        let collections = Set(snapshots.map(\.collection)).sorted()
        show(vault, joined, collections, file, on: context.output)
        return CommandOutcome(
            .done,
            summary: Summary(
                vault: vault.id.hex, configuration: file, providers: joined.names,
                credentialsMissing: joined.withoutCredentials, collections: collections,
                deviceKey: deviceKey))
    }

    /// Looks at what every provider has, so that this machine knows from the first that they are whole. One that does not
    /// answer now is looked at later.
    private func lookAtAll(
        _ configuration: BackupConfiguration, as vault: OpenVault, in context: CommandContext
    ) async throws {
        var access = try await context.vaultAccess(configuration)
        access.givenSecret = vault.secret
        do {
            _ = try await access.open().snapshots(warn: context.warning)
        } catch let error as ObjectStoreError {
            context.warning(Warning(error))
        } catch let error as AccessError {
            context.warning(Warning(what: "vault", why: error.description))
        }
    }

    private func show(
        _ vault: OpenVault, _ joined: JoinedProviders, _ collections: [String], _ file: String,
        on output: Output
    ) {
        let names = joined.names.joined(separator: ", ")
        output.information("vault \(vault.id) is on \(names)")
        if !joined.isListed {
            output.information(
                "it names no other providers: if there are more, add them to \(file)")
        }
        for name in joined.withoutCredentials {
            let prefix = Entrance.environmentPrefix(name)
            output.information(
                "the vault holds no credentials for \(name): give it a profile in \(file), or set "
                    + "\(prefix)_ACCESS_KEY_ID and \(prefix)_SECRET_ACCESS_KEY")
        }
        if !dryRun { output.information("wrote \(singleLine(file))") }
        guard let first = collections.first else {
            output.information("there is no collection yet; next: photobackup archive FOLDER --as NAME")
            return
        }
        output.information("collections: \(collections.map(singleLine).joined(separator: ", "))")
        output.information("next: photobackup restore \"\(singleLine(first))\" --to FOLDER")
    }

    private struct Summary: Encodable {
        let vault: String
        let configuration: String
        let providers: [String]
        let credentialsMissing: [String]
        let collections: [String]
        let deviceKey: String
    }
}
