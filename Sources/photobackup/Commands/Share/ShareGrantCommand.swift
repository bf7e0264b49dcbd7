internal import ArgumentParser
internal import Backup
internal import Configuration
internal import ObjectStore
internal import Sharing
internal import Terminal
internal import Vault

/// Lets another person open a collection.
struct ShareGrantCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Let another person open a collection, as it is now and from now on.",
        discussion: """
            Takes the public key that photobackup share identity shows on their machine, and prints a grant to send them, \
            which only they can open. They see what the collection's snapshots hold: paths, times, owners' names, \
            extended attributes, and the names of the machines. The file of --credentials is written as the configuration \
            is: a [[provider]] each, with a key of the recipient's own that may read what --print-policy shows, and no \
            more; that is tried. Without it the grant tells where the replicas are, and no key.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The collection.") var collection: String
    @Option(name: .customLong("to"), help: ArgumentHelp("Their public key.", valueName: "key"))
    var key: String?
    @Option(help: ArgumentHelp("What you call them; it is not told them.", valueName: "name"))
    var name: String?
    @Option(
        help: ArgumentHelp("Providers, with read-only keys for the recipient.", valueName: "file"))
    var credentials: String?
    @Flag(help: "Print the policy that such a key needs at each provider, and grant nothing.")
    var printPolicy = false
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write the grant to a file.", valueName: "file"))
    var file: String?
    @Flag(help: "Take this key although they had another one.") var newKey = false
    @Flag(name: [.customShort("n"), .long], help: "Show what would be granted, and change nothing.")
    var dryRun = false

    func validate() throws {
        guard printPolicy != (key != nil) else {
            throw ValidationError(
                printPolicy ? "--print-policy takes no --to" : "give the public key with --to")
        }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let recipient = try key.map { try PublicIdentity(parsing: $0) }
        let vault = try await context.vaultAccess(configuration, isChanging: true).open()
        try await vault.requireCollection(collection, warn: context.warning)
        guard let recipient else { return printPolicies(vault, configuration, on: context.output) }
        let providers = try await recipientsProviders(vault, configuration, in: context)
        let person = name ?? recipient.verificationID.words.prefix(3).joined(separator: "-")
        context.output.information(
            "verification ID of \(singleLine(person)): \(recipient.verificationID)\n"
                + "compare it with what they see; whoever has that key opens \(singleLine(collection))")
        guard !dryRun else {
            context.output.information("would grant \(singleLine(collection)) to \(singleLine(person))")
            return CommandOutcome()
        }
        let outcome = try await vault.grant(
            GrantRequest(
                collection: collection, recipient: recipient, person: person, providers: providers,
                takesNewKey: newKey), warn: context.warning)
        return try show(outcome, person, recipient, in: context)
    }

    // MARK: - Providers

    private func printPolicies(
        _ vault: OpenVault, _ configuration: BackupConfiguration, on output: Output
    ) -> CommandOutcome {
        for provider in configuration.providers {
            guard case .s3(let s3) = provider.kind else { continue }
            let policy = BucketPolicy(
                bucket: s3.bucket, prefix: s3.prefix,
                collection: vault.keyring.keys.collectionID(name: collection))
            output.result(
                "policy", PolicyMessage(provider: provider.name, policy: policy.text), text: policy.text)
        }
        return CommandOutcome()
    }

    /// What the recipient is told of the providers, with the keys of `--credentials`, each of them tried.
    private func recipientsProviders(
        _ vault: OpenVault, _ configuration: BackupConfiguration, in context: CommandContext
    ) async throws -> [ProviderList.Provider] {
        guard let credentials else {
            return try await context.describe(configuration, withCredentials: false) ?? []
        }
        let given = try BackupConfiguration.load(
            from: context.absolute(credentials), environment: context.environment,
            warn: context.configurationWarning)
        for provider in try given.requireProviders() {
            try configuration.requireProvider(provider.name)
            guard case .s3 = provider.kind else { continue }
            let owner = vault.replicas.stores.first { $0.name == provider.name }
            guard let owner else { continue }
            try await CredentialCheck(
                context.provider(provider, given, isPruning: false).store,
                collection: vault.keyring.keys.collectionID(name: collection)
            ).run(as: owner)
        }
        guard let described = try await context.describe(given, withCredentials: true) else {
            throw CommandError(
                .configuration, what: credentials, why: "it names no key for one of the providers")
        }
        return described
    }

    // MARK: - Telling

    private func show(
        _ outcome: GrantOutcome, _ person: String, _ recipient: PublicIdentity, in context: CommandContext
    ) throws -> CommandOutcome {
        guard let grant = outcome.grant else { return CommandOutcome() }
        let text = GrantText.encode(grant.bytes)
        context.output.information("granted \(singleLine(collection)) to \(singleLine(person))")
        if !outcome.others.isEmpty {
            let others = outcome.others.map(singleLine).joined(separator: ", ")
            context.output.information("given the new key too: \(others)")
        }
        if let file {
            try PrivateText(text + "\n").write(to: context.absolute(file), replacing: false)
            context.output.information("wrote \(singleLine(file))")
        }
        context.output.result(
            "grant",
            Message(
                person: person, collection: collection, verificationId: recipient.verificationID.description,
                epoch: outcome.epoch, snapshotId: outcome.snapshot.description,
                object: grant.name.key.rawValue,
                grant: text),
            text: file == nil ? text : "next, on their machine: photobackup share accept FILE")
        return context.outcome(behind: outcome.behind)
    }

    private struct PolicyMessage: Encodable {
        let provider: String
        let policy: String
    }

    private struct Message: Encodable {
        let person: String
        let collection: String
        let verificationId: String
        let epoch: UInt64
        let snapshotId: String
        let object: String
        let grant: String
    }
}

extension CommandContext {
    /// How a command has ended that put things on a quorum of replicas: those that are behind are named.
    func outcome(behind: [ObjectStoreError]) -> CommandOutcome {
        for failure in behind {
            output.warning(
                Diagnostic(
                    what: failure.store, why: "behind: \(failure.reason)",
                    hint: failure.hint ?? "photobackup heal gives it what it lacks"))
        }
        return CommandOutcome(behind.isEmpty ? .done : .replicaBehind)
    }
}
