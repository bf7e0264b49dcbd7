internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Crypto
internal import Kit
internal import Terminal
internal import Vault

/// The page that opens the vault when everything else is gone.
struct KitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kit", abstract: "Print the emergency kit, and test it.",
        subcommands: [KitPrintCommand.self, KitVerifyCommand.self], defaultSubcommand: KitPrintCommand.self)
}

/// Writes the page.
struct KitPrintCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Print the emergency kit: the 24 words, what they open, and how.",
        discussion: """
            Without options the page comes as text on standard output. Files are for their owner alone, and none is \
            overwritten: print them, and remove them. Whoever has the page and reaches a replica has the photographs.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("Write the page as HTML, for a browser's printer.", valueName: "file"))
    var html: String?
    @Option(help: ArgumentHelp("Write the page as text.", valueName: "file"))
    var text: String?
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write both into a folder.", valueName: "directory"))
    var folder: String?

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let vault = try await context.vaultAccess(configuration).open()
        let kit = try EmergencyKit(vault, configuration)
        var files: [(path: String, content: String)] = []
        if let html { files.append((context.absolute(html), kit.html)) }
        if let text { files.append((context.absolute(text), kit.text)) }
        if let folder {
            let stem = "\(context.absolute(folder))/photobackup-kit-\(vault.id.hex.prefix(8))"
            files += [(stem + ".html", kit.html), (stem + ".txt", kit.text)]
        }
        for file in files where context.isThere(file.path) {
            throw CommandError(
                what: singleLine(file.path), why: "it is there already",
                hint: "a kit overwrites nothing: name another")
        }
        for file in files {
            try PrivateText(file.content).write(to: file.path, replacing: false)
            context.output.information("wrote \(singleLine(file.path))")
        }
        guard files.isEmpty else {
            context.output.information(
                "print it, keep it where the photographs are not, remove the file, and run photobackup kit verify"
            )
            return CommandOutcome(.done, summary: Summary(files: files.map(\.path)))
        }
        context.output.result("kit", Page(text: kit.text), text: kit.text, isUrgent: true)
        return CommandOutcome(.done, summary: Summary(files: []))
    }

    private struct Page: Encodable {
        let text: String
    }

    private struct Summary: Encodable {
        let files: [String]
    }
}

extension EmergencyKit {
    /// The kit of a vault that is open.
    fileprivate init(_ vault: OpenVault, _ configuration: BackupConfiguration) throws {
        self.init(
            vault: vault.id.hex, signingKey: vault.signingKey.bytes.hex, formatVersion: Int(Format.version),
            words: RecoveryPhrase.encode(try vault.keyring.recoveryKey()).split(separator: " ").map(
                String.init),
            wrappedKey: vault.keyring.emergencyKey.text,
            replicas: configuration.providers.map { Replica(name: $0.name, place: $0.place) },
            made: String(UTCTime.now().iso8601.prefix(10)))
    }
}

extension ProviderConfiguration {
    /// Where it is, for a person, without credentials.
    fileprivate var place: String {
        switch kind {
        case .directory(let directory): "directory \(singleLine(directory.path))"
        case .s3(let s3):
            "\(s3.endpoint), region \(s3.region), bucket \(s3.bucket)"
                + (s3.prefix.isEmpty ? "" : ", prefix \(s3.prefix)")
        }
    }
}
