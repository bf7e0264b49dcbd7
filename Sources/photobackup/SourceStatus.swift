internal import Backup
internal import Configuration
internal import Terminal

/// A source folder on the disk, compared with this machine's newest snapshot of it.
struct SourceStatus: Encodable, Sendable {
    let collection: String
    let path: String
    /// On the disk and in no snapshot.
    private(set) var filesNew = 0
    /// In a snapshot, and otherwise on the disk.
    private(set) var filesChanged = 0
    /// In the vault, and on the disk no more.
    private(set) var filesGone = 0
    private(set) var filesUnchanged = 0
    private(set) var filesUnreadable = 0
    /// Why it could not be compared.
    private(set) var reason: String?

    var isUnreadable: Bool { filesUnreadable > 0 || reason != nil }

    /// Of every source that is configured.
    static func all(
        in configuration: BackupConfiguration, _ context: CommandContext
    ) async throws -> [SourceStatus] {
        let vault = try await context.vaultAccess(configuration).open()
        var all: [SourceStatus] = []
        for collection in configuration.collections {
            for source in collection.sources {
                all.append(try await SourceStatus(source, of: collection, in: vault, context))
            }
        }
        return all
    }

    private init(
        _ source: CollectionConfiguration.Source, of collection: CollectionConfiguration, in vault: OpenVault,
        _ context: CommandContext
    ) async throws {
        self.collection = collection.name
        path = source.path
        do {
            let counts = try await vault.compare(
                SnapshotSelection(collection: collection.name),
                withDisk: [SourceRoot(source)],
                excludes: try ExcludePatterns(collection.exclude), warn: context.warning,
                onDifference: { _ in }
            ).counts
            (filesNew, filesGone) = (counts[.added], counts[.removed])
            filesChanged = [.content, .metadata, .type, .rot].reduce(0) { $0 + counts[$1] }
            (filesUnchanged, filesUnreadable) = (counts.unchanged, counts[.unreadable])
        } catch let error as SourceError {
            reason = error.reason
        } catch let error as SelectionError {
            reason = error.description
        }
    }

    static func show(_ sources: [SourceStatus], on output: Output) {
        output.information("")
        let rows = sources.map { source in
            [
                singleLine(source.collection), singleLine(source.path),
                source.reason.map(singleLine) ?? source.text,
            ]
        }
        for line in table(rows) { output.information(line) }
    }

    private var text: String {
        var parts: [String] = []
        if filesNew > 0 { parts.append("\(HumanReadable.count(filesNew)) in no backup") }
        if filesChanged > 0 {
            parts.append("\(HumanReadable.count(filesChanged)) changed since the last one")
        }
        if filesGone > 0 { parts.append("\(HumanReadable.count(filesGone)) in the vault alone") }
        if filesUnreadable > 0 { parts.append("\(HumanReadable.count(filesUnreadable)) cannot be read") }
        return parts.isEmpty
            ? "all \(HumanReadable.count(filesUnchanged, "file")) backed up" : parts.joined(separator: ", ")
    }
}
