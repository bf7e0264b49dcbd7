internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Crypto
internal import Sharing
internal import Terminal
internal import Vault

/// Gives out a link.
struct ShareLinkCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Make a link that shows files of a snapshot in any browser.",
        discussion: """
            The originals are not stored again: the link leads to a page that fetches and decrypts them. What opens them \
            stands behind the # of the link, and no browser sends that to anyone: whoever has the link has the files, \
            until it ends, and can pass them on. Without [share] in the configuration a link lasts 7 days at most.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var machine: HostOption

    @Argument(
        help: ArgumentHelp(
            "The collection, and a snapshot if not the newest.", valueName: "collection[@snapshot]"))
    var snapshot: String
    @Argument(help: "Files and folders inside the snapshot; everything, if none is named.")
    var paths: [String] = []
    @Option(help: ArgumentHelp("How long it lasts: 12h, 7d, 4w.", valueName: "duration"))
    var expires = LifeArgument.week
    @Flag(
        help: ArgumentHelp(
            "Let it need a password besides.",
            discussion: "It comes from PHOTOBACKUP_SHARE_PASSWORD, or is asked for."))
    var password = false
    @Flag(help: "Share small previews, and not the originals.") var previewsOnly = false
    @Flag(help: "Share no previews: making them reads every picture once.") var noPreviews = false
    @Option(help: ArgumentHelp("What stands above the pictures.", valueName: "text")) var title: String?
    @Option(help: ArgumentHelp("The provider that hands them out.", valueName: "provider"))
    var provider: String?
    @Flag(name: [.customShort("n"), .long], help: "Show what would be shared, and share nothing.")
    var dryRun = false

    func validate() throws {
        guard !(previewsOnly && noPreviews) else {
            throw ValidationError("--previews-only and --no-previews exclude each other")
        }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        var request = LinkRequest(
            snapshot: SnapshotSelection(snapshot),
            entries: EntrySelection(paths: try paths.map(EntryPath.init(argument:))),
            title: title, lifeSeconds: expires.seconds, isPreviewsOnly: previewsOnly, provider: provider)
        request.snapshot.host = machine.host
        let vault = try await context.vaultAccess(configuration, isChanging: true).open()
        guard !dryRun else { return try await showFiles(request, of: vault, in: context) }
        if password {
            let password = try await context.secrets(configuration).sharePassword(isNew: true)
            context.warnIfWeak(password, remedy: "photobackup share revoke takes the link back")
            request.password = password
        }
        let link = try await vault.makeLink(
            request, at: context.linkPlaces(configuration),
            previews: noPreviews ? nil : context.previewMaker(), warn: context.warning)
        show(link, on: context.output)
        return CommandOutcome(
            .done,
            summary: Summary(
                linkId: link.id, address: link.address, provider: link.provider, expires: link.ends.iso8601,
                files: link.fileCount, bytes: link.byteCount, filesOfSystems: link.systemFileCount,
                filesWithoutPreview: link.withoutPreviewCount))
    }

    private func showFiles(
        _ request: LinkRequest, of vault: OpenVault, in context: CommandContext
    ) async throws -> CommandOutcome {
        let selected = try await vault.selectFiles(
            request.snapshot, request.entries, warn: context.warning)
        for file in selected.files { context.output.information(FileName(file.entry.path.bytes).text) }
        context.output.information("would share \(HumanReadable.count(selected.files.count)) files")
        return CommandOutcome()
    }

    private func show(_ link: MadeLink, on output: Output) {
        if output.format == .text {
            output.result("link", Address(address: link.address), text: link.address)
        }
        output.information(
            """
            \(HumanReadable.count(link.fileCount)) files, \(HumanReadable.bytes(Int(clamping: link.byteCount))), \
            from \(link.provider), until \(link.ends.iso8601); photobackup share revoke \(link.id.prefix(8)) takes it back
            """)
        if let lease = link.leaseEnds, lease < link.ends {
            output.information(
                "its addresses last until \(lease.iso8601), and photobackup schedule run renews them")
        }
        if link.leftOutCount > 0 {
            output.information("left out: \(HumanReadable.count(link.leftOutCount)) symbolic links")
        }
        if link.systemFileCount > 0 {
            output.information(
                "left out: \(HumanReadable.count(link.systemFileCount, "file")) of systems (.DS_Store, ._*, Thumbs.db and the "
                    + "like); one that is named itself is shared")
        }
        if link.withoutPreviewCount > 0 {
            output.warning(
                Diagnostic(
                    what: "previews",
                    why:
                        "\(HumanReadable.count(link.withoutPreviewCount, previewsOnly ? "file" : "picture")) "
                        + (link.withoutPreviewCount == 1 ? "has" : "have") + " none: "
                        + (previewsOnly
                            ? "the link shows nothing but the name" : "the link offers the original alone")
                        + "; previews are made of JPEGs, and of raw files with a JPEG in them"))
        }
        if link.hasSharedHost {
            output.warning(
                Diagnostic(
                    what: link.provider,
                    why:
                        "the link's page has an address that begins as those of other people's buckets do, and a "
                        + "browser takes all of them for one site",
                    hint: "addressing = \"virtual\" gives the bucket a host of its own, and so does [share]"))
        }
        if link.mayEndSooner {
            output.warning(
                Diagnostic(
                    what: link.provider, why: "its credentials are temporary, and the link ends with them"))
        }
        if link.needsCORS {
            output.information(
                "the bucket of \(link.provider) has to allow GET with the header Range from the link's host (CORS)"
            )
        }
    }

    private struct Address: Encodable {
        let address: String
    }

    private struct Summary: Encodable {
        let linkId: String
        let address: String
        let provider: String
        let expires: String
        let files: Int
        let bytes: UInt64
        let filesOfSystems: Int
        let filesWithoutPreview: Int
    }
}

/// How long a link lasts, as people type it: `7d`.
struct LifeArgument: ExpressibleByArgument {
    let seconds: Int64

    static let week = LifeArgument(seconds: 7 * 86_400)
    /// Ten years: what lasts longer is a mistake.
    private static let longest: Int64 = 3_650 * 86_400

    private init(seconds: Int64) { self.seconds = seconds }

    init?(argument: String) {
        guard let duration = Quantity.duration(argument), duration >= .seconds(1),
            duration <= .seconds(Self.longest)
        else { return nil }
        seconds = duration.components.seconds
    }

    var defaultValueDescription: String { "7d" }
}
