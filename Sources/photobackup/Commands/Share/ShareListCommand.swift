internal import ArgumentParser
internal import Backup
internal import Sharing
internal import Terminal
internal import Vault

/// Shows what is shared with whom, and what others have shared.
struct ShareListCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the links that are out, who may open what, and what others have shared.",
        discussion: "Every machine of the vault sees the same. Secrets in links are not shown.")

    @OptionGroup var global: GlobalOptions

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let vault = try await context.ownVault()
        let links = try await vault?.recordedLinks(warn: context.warning) ?? []
        let now = UTCTime.now()
        let rows = links.map { LinkRow($0, now: now) }
        for (row, line) in zip(rows, table(rows.map(\.cells))) {
            context.output.result("link", row, text: "link:\(line)")
        }
        let given = try await vault?.grants(warn: context.warning) ?? []
        for (grant, line) in zip(given, table(given.map(Self.cells))) {
            context.output.result("grant_given", Given(grant), text: "given:\(line)")
        }
        let shares = context.acceptedShares
        for name in shares.names {
            let (grant, _) = try await context.open(
                shares.grant(name), from: shares.grantFile(name), vault: vault)
            context.output.result(
                "grant_accepted", Accepted(grant, name),
                text: "accepted:  \(singleLine(name))  by \(grant.giver.verificationID)")
        }
        if links.isEmpty, given.isEmpty, shares.names.isEmpty {
            context.output.information("nothing is shared")
        }
        return CommandOutcome(
            .done, summary: Summary(links: links.count, given: given.count, accepted: shares.names.count))
    }

    private static func cells(_ grant: GivenGrant) -> [String] {
        [
            singleLine(grant.collectionName), "to \(singleLine(grant.person))", grant.created.iso8601,
            grant.recipient.verificationID.description,
        ]
    }

    private struct LinkRow: Encodable {
        let linkId: String
        let title: String?
        let collection: String
        let files: Int
        let place: String
        let host: String
        let created: String
        let expires: String
        let hasEnded: Bool

        init(_ link: RecordedLink, now: UTCTime) {
            let ends = UTCTime(secondsSince1970: link.share.ends)
            linkId = link.share.id
            title = link.share.title
            collection = link.share.collection
            files = link.share.fileCount
            place = link.share.provider ?? "[share]"
            host = link.host
            created = link.created.iso8601
            expires = ends.iso8601
            hasEnded = ends <= now
        }

        var cells: [String] {
            [
                String(linkId.prefix(8)), singleLine(title ?? collection), HumanReadable.count(files, "file"),
                "at \(place)", hasEnded ? "ended" : "until \(expires)",
            ]
        }
    }

    private struct Given: Encodable {
        let collection: String
        let person: String
        let publicKey: String
        let verificationId: String
        let created: String
        let epochs: [UInt64]
        let providers: [String]

        init(_ grant: GivenGrant) {
            collection = grant.collectionName
            person = grant.person
            publicKey = grant.recipient.text
            verificationId = grant.recipient.verificationID.description
            created = grant.created.iso8601
            epochs = [grant.epochs.lowerBound, grant.epochs.upperBound]
            providers = grant.providers.map(\.name)
        }
    }

    private struct Accepted: Encodable {
        let name: String
        let collection: String
        let vault: String
        let verificationId: String
        let created: String

        init(_ grant: Grant, _ name: String) {
            self.name = name
            collection = grant.collectionName
            vault = grant.vault.hex
            verificationId = grant.giver.verificationID.description
            created = grant.created.iso8601
        }
    }

    private struct Summary: Encodable {
        let links: Int
        let given: Int
        let accepted: Int
    }
}
