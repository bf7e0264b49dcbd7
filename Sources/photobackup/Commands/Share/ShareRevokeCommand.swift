internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Sharing
internal import Terminal
internal import Vault

/// Takes a link or a grant back.
struct ShareRevokeCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take a link back, or let a person open nothing more of a collection.",
        discussion: """
            What was opened before cannot be taken back. Addresses in a link's page that somebody kept go on until they end, \
            7 days after they were made at most; taking back the keys that signed them (share_profile) ends them at once. Deleting the page takes \
            credentials that may delete: prune_profile, or those of [share]. With --from, those who stay are given a new \
            key; if the person had a key for your providers, delete it there.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The first digits of a link, as share list shows them; with --from, a collection.")
    var what: String
    @Option(
        name: .customLong("from"),
        help: ArgumentHelp("The person, as share list names them, or their public key.", valueName: "person"))
    var person: String?
    @Flag(name: [.customShort("n"), .long], help: "Show what would be done, and change nothing.")
    var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let vault = try await context.vaultAccess(configuration, isChanging: true).open()
        if let person { return try await revoke(grantOf: person, in: vault, context) }
        return try await revokeLink(in: vault, configuration, context)
    }

    // MARK: - A link

    private func revokeLink(
        in vault: OpenVault, _ configuration: BackupConfiguration, _ context: CommandContext
    ) async throws -> CommandOutcome {
        guard !dryRun else {
            let links = try await vault.recordedLinks(warn: context.warning)
            for found in links where found.share.id.hasPrefix(what) {
                context.output.information("would take back \(found.share.line)")
            }
            return CommandOutcome()
        }
        let share = try await vault.revokeLink(
            what, at: context.linkPlaces(configuration, isDeleting: true), warn: context.warning)
        context.output.information("took back \(share.line)")
        context.output.information(
            "what was opened cannot be taken back; addresses in a page that somebody kept end by "
                + "\(lastEnd(of: share).iso8601), or at once when the keys that signed them are taken back")
        return CommandOutcome(.done, summary: LinkSummary(linkId: share.id))
    }

    /// When the last of its addresses ends, at the latest: none lasts longer than 7 days.
    private func lastEnd(of share: ShareRecord) -> UTCTime {
        min(
            UTCTime(secondsSince1970: share.ends),
            UTCTime.now().advanced(bySeconds: LifeArgument.week.seconds))
    }

    private struct LinkSummary: Encodable {
        let linkId: String
    }

    // MARK: - A grant

    private func revoke(
        grantOf person: String, in vault: OpenVault, _ context: CommandContext
    ) async throws -> CommandOutcome {
        guard !dryRun else {
            let grants = try await vault.grants(warn: context.warning).filter { $0.collectionName == what }
            for grant in grants {
                let leaves = grant.person == person || grant.recipient.text == person
                context.output.information(
                    "\(leaves ? "would leave" : "would stay"): \(singleLine(grant.person))")
            }
            return CommandOutcome()
        }
        let outcome = try await vault.revoke(what, from: person, warn: context.warning)
        context.output.information(
            "revoked; what was stored before stays open to them, what comes from now on is not")
        if !outcome.others.isEmpty {
            let others = outcome.others.map(singleLine).joined(separator: ", ")
            context.output.information("these stay, and were given the new key: \(others)")
        }
        context.output.message(
            "revocation",
            Revocation(
                collection: what, epoch: outcome.epoch, snapshotId: outcome.snapshot.description,
                staying: outcome.others))
        return context.outcome(behind: outcome.behind)
    }

    private struct Revocation: Encodable {
        let collection: String
        let epoch: UInt64
        let snapshotId: String
        let staying: [String]
    }
}

extension ShareRecord {
    /// For a person, without a secret.
    var line: String {
        "link \(id.prefix(8)), \(singleLine(title ?? collection)), \(HumanReadable.count(fileCount, "file"))"
    }
}
