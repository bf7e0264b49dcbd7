internal import ArgumentParser
internal import Backup
internal import Terminal
internal import Vault

/// Tells whether a card may be formatted.
struct SafeToFormatCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "safe-to-format", abstract: "Tell whether everything on a card is in the vault.",
        discussion: """
            Reads every file, looks for what was read in the snapshots, by content, and asks each provider now for every \
            object that brings it back. Says yes, with exit code 0, only when each file is whole on enough of them; else \
            names what is not, with exit code 1. Links are not compared, and count as not safe.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The card, or folders or files.") var paths: [String]
    @Option(
        help: ArgumentHelp(
            "How many providers must have each file; the quorum, if not given.", valueName: "n"))
    var copies: Int?
    @Option(
        help: ArgumentHelp(
            "When it is safe, write the files' hashes, for sha256sum -c; none is overwritten.",
            valueName: "file"))
    var manifest: String?

    func validate() throws {
        if let copies, copies < 1 { throw ValidationError("--copies is a number of providers") }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let manifest = manifest.map { HashManifest(path: context.absolute($0)) }
        try manifest?.requireNew()
        let vault = try await context.vaultAccess(context.configuration()).open()
        if let copies, copies > vault.replicas.names.count {
            throw CommandError(
                .usage, what: "usage", why: "--copies \(copies) is more than there are providers",
                hint: "there are \(HumanReadable.count(vault.replicas.names.count))")
        }
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let safety = try await context.withProgress(of: vault, progress) {
            try await vault.safeToFormat(
                paths.map(context.absolute), copyCount: copies, progress: progress, warn: context.warning)
        }
        if safety.isSafe { try manifest?.write(safety.files) }
        show(safety, on: context.output)
        return CommandOutcome(safety.isSafe ? .done : .failed, summary: Summary(safety))
    }

    private func show(_ safety: FormatSafety, on output: Output) {
        for file in safety.unsafe {
            output.result("unsafe", Row(file), text: "\(FileName(file.place).text): \(file.reason)")
        }
        let files = HumanReadable.count(safety.files.count, "file")
        let bytes = HumanReadable.bytes(Int(clamping: safety.byteCount))
        guard safety.isSafe else {
            output.information(
                "NOT safe to format: \(HumanReadable.count(safety.unsafe.count)) of what is there")
            return
        }
        output.information(
            "safe to format: \(files), \(bytes), each whole on "
                + "\(HumanReadable.count(safety.copyCount, "provider")) at least; all on "
                + (safety.wholeOn.isEmpty ? "none alone" : safety.wholeOn.joined(separator: ", ")))
    }

    private struct Row: Encodable {
        let path: String
        let pathBase64: String?
        let reason: String

        init(_ file: FormatSafety.Unsafe) {
            let name = FileName(file.place)
            (path, pathBase64) = (name.jsonText, name.base64)
            reason = file.reason
        }
    }

    private struct Summary: Encodable {
        let safe: Bool
        let files: Int
        let filesUnsafe: Int
        let bytes: UInt64
        let copies: Int
        let wholeOn: [String]

        init(_ safety: FormatSafety) {
            safe = safety.isSafe
            files = safety.files.count
            filesUnsafe = safety.unsafe.count
            bytes = safety.byteCount
            copies = safety.copyCount
            wholeOn = safety.wholeOn
        }
    }
}
