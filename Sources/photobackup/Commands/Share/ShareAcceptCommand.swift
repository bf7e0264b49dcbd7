internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Foundation
internal import Sharing
internal import Terminal
internal import Vault

/// Takes what another person has shared.
struct ShareAcceptCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Accept what another person has shared with you.",
        discussion: """
            Reads the grant that they sent. Compare the verification ID that is shown with what photobackup share identity \
            shows them: that is what tells their grant from anybody else's. From then on photobackup ls and restore \
            know the collection by its name.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The grant; - reads standard input.", valueName: "file")) var file: String
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "What to call it here; the collection's own name, if none is given.", valueName: "name"))
    var givenName: String?
    @Flag(help: "Take this giver's key although they had another one.") var newKey = false
    @Flag(name: [.customShort("n"), .long], help: "Show what it is, and keep nothing.") var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let bytes = GrantText.decode(try read(in: context))
        let vault = try await context.ownVault()
        let (grant, _) = try await context.open(bytes, from: file, vault: vault)
        let name = givenName ?? grant.collectionName
        if let vault { _ = try await vault.grants(warn: context.warning) }
        try await requireKnownGiver(of: grant, as: name, vault: vault, in: context)
        try requireFree(name, in: context)
        let giver = grant.giver.verificationID
        context.output.information(
            "\(singleLine(grant.collectionName)), by the giver whose verification ID is\n\(giver)\n"
                + "compare it with what they see")
        if !dryRun {
            try context.acceptedShares.keep(bytes, as: name, providers: grant.providers)
            try await vault?.pin(grant.giver, of: Self.pinName(grant))
            tellPlaces(grant, name, on: context)
        }
        context.output.message(
            "accepted",
            Message(
                name: name, collection: grant.collectionName, vault: grant.vault.hex,
                verificationId: giver.description, providers: grant.providers.map(\.name)))
        return CommandOutcome()
    }

    private func read(in context: CommandContext) throws -> [UInt8] {
        let data =
            file == "-"
            ? try FileHandle.standardInput.read(upToCount: 4 * Grant.maximumByteCount)
            : FileManager.default.contents(atPath: context.absolute(file))
        guard let data else { throw CommandError(what: singleLine(file), why: "it cannot be read") }
        return [UInt8](data)
    }

    // MARK: - What is known

    /// A vault has one owner with one key: another one under the same vault, or under the same name here, is not who was
    /// accepted before.
    private func requireKnownGiver(
        of grant: Grant, as name: String, vault: OpenVault?, in context: CommandContext
    ) async throws {
        guard !newKey else { return }
        if let known = try vault?.pinnedIdentity(of: Self.pinName(grant)), known != grant.giver {
            throw Self.giverChanged(known)
        }
        let shares = context.acceptedShares
        for other in shares.names {
            let (kept, _) = try await context.open(
                shares.grant(other), from: shares.grantFile(other), vault: vault)
            if kept.vault == grant.vault, kept.giver != grant.giver { throw Self.giverChanged(kept.giver) }
            guard other == name else { continue }
            try kept.requireSameGiver(grant)
        }
    }

    private func requireFree(_ name: String, in context: CommandContext) throws {
        guard AcceptedShares.isName(name) else {
            throw CommandError(
                .usage, what: "usage", why: "'\(singleLine(name))' cannot be the name of what is shared",
                hint: "name it with --as")
        }
        guard context.isThere(context.configurationFile) else { return }
        guard try !context.configuration().collections.contains(where: { $0.name == name }) else {
            throw CommandError(
                .usage, what: "usage", why: "'\(singleLine(name))' is a collection of your own",
                hint: "give what is shared another name with --as")
        }
    }

    private static func giverChanged(_ known: PublicIdentity) -> SharingError {
        SharingError(
            .giverChanged,
            "the owner of that vault was known by another key, whose verification ID is "
                + known.verificationID.description,
            hint: "ask them, and compare the verification ID of the new key; --new-key takes it")
    }

    /// What the owner of a vault is remembered by.
    private static func pinName(_ grant: Grant) -> String { "vault \(grant.vault.hex)" }

    // MARK: - Telling

    private func tellPlaces(_ grant: Grant, _ name: String, on context: CommandContext) {
        let file = singleLine(context.acceptedShares.configurationFile(name))
        for provider in grant.providers where provider.path != nil {
            context.output.information(
                "\(provider.name) is a directory on the giver's machine: put its path on this one into \(file)"
            )
        }
        for provider in grant.providers where provider.path == nil && provider.accessKeyID == nil {
            let prefix = Entrance.environmentPrefix(provider.name)
            context.output.information(
                "the grant holds no key for \(provider.name): give it a profile in \(file), or set "
                    + "\(prefix)_ACCESS_KEY_ID and \(prefix)_SECRET_ACCESS_KEY")
        }
        context.output.information("next: photobackup restore \"\(singleLine(name))\" --to FOLDER")
    }

    private struct Message: Encodable {
        let name: String
        let collection: String
        let vault: String
        let verificationId: String
        let providers: [String]
    }
}
