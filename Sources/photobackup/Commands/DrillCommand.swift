internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Foundation
internal import Glibc
internal import Terminal

/// Restores a few files from each provider alone, to see that they come back.
struct DrillCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Restore a few files from each provider alone, and compare them.",
        discussion: """
            Files chosen at random are restored into a temporary folder from each provider by itself, without this \
            machine's catalog, and compared with the originals where these are as they were, else with their ids. The \
            password is asked for, so that it is tried too; where there is no terminal, the device key does. How it went is \
            remembered in the vault.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @Option(help: ArgumentHelp("At most so many files from each provider.", valueName: "number"))
    var files = 20
    @Option(help: ArgumentHelp("At most so much from each provider: 1GB.", valueName: "size"))
    var size: ByteBudget?
    @Option(help: ArgumentHelp("Only this provider; can be given several times.", valueName: "name"))
    var provider: [String] = []
    @Flag(help: "Use this machine's device key, and ask for no password.") var deviceKey = false
    @Flag(name: [.customShort("n"), .long], help: "Tell what it would take, and restore nothing.")
    var dryRun = false

    func validate() throws {
        guard files > 0 else { throw ValidationError("--files takes a number from 1") }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        for name in provider { try configuration.requireProvider(name) }
        var drill = Drill(configuration: configuration, context: context)
        drill.fileCount = files
        if let size { drill.byteCount = UInt64(size.byteCount) }
        drill.providers = provider.isEmpty ? nil : provider
        drill.triesPassword = !deviceKey && isatty(STDIN_FILENO) == 1
        guard !dryRun else {
            context.output.information(drill.plan)
            return CommandOutcome()
        }
        return try await drill.run()
    }
}

/// A drill as the configuration wants it.
struct Drill {
    let configuration: BackupConfiguration
    let context: CommandContext
    var fileCount = 20
    var byteCount: UInt64 = 1_000_000_000
    var providers: [String]?
    /// Whether the password is asked for where none was given.
    var triesPassword = false

    var plan: String {
        let names = providers ?? configuration.providers.map(\.name)
        return "would restore up to \(HumanReadable.count(fileCount, "file")), "
            + "\(HumanReadable.bytes(Int(clamping: byteCount))) at most, from each of \(names.joined(separator: ", "))"
    }

    /// - Throws: what keeps the vault from being opened, and its records from being written.
    func run() async throws -> CommandOutcome {
        var access = try await context.vaultAccess(configuration)
        if triesPassword, access.givenSecret == nil {
            access.givenSecret = .password(try await context.secrets(configuration).password())
        }
        let vault = try await access.open()
        access.givenSecret = access.givenSecret ?? vault.secret
        var request = DrillRequest(
            fileCount: fileCount, byteCount: byteCount, providers: providers,
            sources: Dictionary(
                uniqueKeysWithValues: configuration.collections.map { collection in
                    (collection.name, collection.sources.map(SourceRoot.init))
                }),
            folder: "\(FileManager.default.temporaryDirectory.path)/photobackup-drill-\(UUID().uuidString)")
        request.folder = context.absolute(request.folder)
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let summary = try await context.withProgress(of: vault, progress, phase: "restoring") {
            try await access.drill(request, progress: progress)
        }
        let report = DrillReport(summary: summary)
        report.show(on: context.output)
        if !summary.proved.isEmpty || !summary.failed.isEmpty { try await vault.record(summary) }
        return CommandOutcome(report.status, summary: report.jsonSummary)
    }
}

extension SourceRoot {
    init(_ source: CollectionConfiguration.Source) {
        self.init(path: source.path, label: Array(source.label.utf8))
    }
}
