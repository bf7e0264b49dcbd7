internal import ArgumentParser
internal import Backup
internal import Crypto
internal import Sharing
internal import Terminal
internal import Vault

/// Opens a link that someone was given, without a browser.
struct ShareOpenCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Open a link without a browser: list its files, or save them.",
        discussion: """
            It needs no vault and no configuration. Everything is checked to the last byte, nothing is written outside of \
            the folder, and nothing replaced. The link's password, if it has one, comes from \
            PHOTOBACKUP_SHARE_PASSWORD or --password-file, or is asked for. Put the link in quotes.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The whole link, with what stands behind its #.", valueName: "link"))
    var link: String
    @Option(
        name: .customLong("to"),
        help: ArgumentHelp(
            "The folder to save the files in; they are only listed without it.", valueName: "folder"))
    var destination: String?
    @Flag(help: "Let the link lead into this machine's own networks, as one does that was shared at home.")
    var allowLocal = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let secrets = context.secrets()
        let opened = try await OpenedLink(
            link: link, allowsLocalAddresses: allowLocal,
            password: { try await secrets.sharePassword(isNew: false) })
        guard let destination else {
            for file in opened.files {
                context.output.result(
                    "file", File(name: file.name, bytes: file.byteCount, isOriginal: file.hasContent),
                    text: "\(HumanReadable.bytes(file.byteCount))  \(singleLine(file.name))")
            }
            return CommandOutcome(
                .done,
                summary: Summary(
                    title: opened.title, files: opened.files.count, filesSaved: nil, filesFailed: nil,
                    filesConflicting: nil, bytesWritten: nil))
        }
        let counts = try await opened.save(
            to: context.absolute(destination), progress: RunProgress(replicaCount: 0),
            notify: { Self.show($0, on: context.output) })
        context.output.information(
            """
            saved \(HumanReadable.count(counts.filesRestored)) files, \
            \(HumanReadable.bytes(Int(clamping: counts.bytesWritten))), into \(singleLine(destination))
            """)
        let status: ExitStatus =
            counts.filesFailed > 0
            ? .failed : counts.conflicts + counts.filesRenamed > 0 ? .sourceUnreadable : .done
        return CommandOutcome(
            status,
            summary: Summary(
                title: opened.title, files: opened.files.count, filesSaved: counts.filesRestored,
                filesFailed: counts.filesFailed, filesConflicting: counts.conflicts,
                bytesWritten: counts.bytesWritten))
    }

    private static func show(_ notice: RestoreReport.Notice, on output: Output) {
        switch notice {
        case .failed(let path, let reason):
            output.error(Diagnostic(what: FileName(path.bytes).text, why: "not saved: \(reason)"))
        case .conflict(let path, let reason, let hint):
            output.warning(
                Diagnostic(what: FileName(path.bytes).text, why: "left alone: \(reason)", hint: hint))
        case .renamed(let path, let other):
            output.warning(
                Diagnostic(
                    what: FileName(path.bytes).text,
                    why:
                        "saved as \(FileName(other.bytes).text): the file system there refuses its name, or has it for another one"
                ))
        case .warning(let what, let reason):
            output.warning(Diagnostic(what: what, why: "saved, but \(reason)"))
        }
    }

    private struct File: Encodable {
        let name: String
        let bytes: Int
        let isOriginal: Bool
    }

    private struct Summary: Encodable {
        let title: String?
        let files: Int
        let filesSaved: Int?
        let filesFailed: Int?
        let filesConflicting: Int?
        let bytesWritten: UInt64?
    }
}
