internal import ArgumentParser
internal import Backup
internal import Fuse
internal import Glibc
internal import Mounting
internal import Terminal

/// Shows the snapshots as folders.
struct MountCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "mount", abstract: "Show the snapshots as folders that can be read.",
        discussion: """
            Each is a folder COLLECTION/TIME below the mountpoint, and COLLECTION/latest is a link to the newest. \
            What is opened comes from the nearest provider just then, every byte of it authenticated; nothing can be \
            written. New snapshots of one's own vault are seen within a minute.

            The command goes on until it is interrupted, or until somebody unmounts: fusermount3 -u MOUNTPOINT. It \
            needs FUSE 3, which the package fuse3 brings.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var expected: ExpectedHeadOption
    @OptionGroup var machine: HostOption

    @Argument(help: "An empty folder.", completion: .directory) var mountpoint: String
    @Option(help: ArgumentHelp("Only the snapshots of this collection.", valueName: "name"))
    var collection: String?
    @Option(
        help: ArgumentHelp(
            "Only this snapshot: its full name, or how its hash begins.", valueName: "snapshot"))
    var snapshot: String?
    @Option(
        name: .customLong("from"), help: ArgumentHelp("The provider to ask first.", valueName: "provider"))
    var provider: String?

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let mountpoint = context.absolute(mountpoint)
        try Self.requireEmptyFolder(mountpoint)
        let snapshots = try await MountedSnapshots(
            try await source(in: context), only: snapshot, warn: context.warning)
        let session = try FuseSession(snapshots, at: mountpoint, name: "photobackup")
        let count = snapshots.snapshotCount
        context.output.result(
            "mounted", Mounted(mountpoint: mountpoint, snapshots: count),
            text: "\(HumanReadable.count(count, "snapshot")) in \(singleLine(mountpoint))", isUrgent: true)
        context.output.information("^C or fusermount3 -u \(singleLine(mountpoint)) ends it")
        // Both are how a mount ends, and no failure.
        await session.run()
        return CommandOutcome()
    }

    /// The vault's, or what somebody has shared and was accepted under the collection's name.
    private func source(in context: CommandContext) async throws -> SnapshotSource {
        if let collection, let shared = try await context.sharedCollection(collection) {
            guard expected.head == nil else {
                throw CommandError(
                    .usage, what: "usage", why: "--expect-head is for collections of one's own vault")
            }
            shared.replicas.prefer(try shared.replicas.place(ofProvider: provider))
            return shared.snapshotSource(warn: context.warning)
        }
        let vault = try await context.vaultAccess(context.configuration(), waitsForAll: false).open()
        vault.replicas.prefer(try vault.replicas.place(ofProvider: provider))
        if let collection { try await vault.requireCollection(collection, warn: context.warning) }
        if let head = expected.head { try await vault.require(head, warn: context.warning) }
        return vault.snapshotSource(of: collection, host: machine.host, warn: context.warning)
    }

    private static func requireEmptyFolder(_ path: String) throws {
        guard let folder = opendir(path) else {
            switch errno {
            case ENOENT:
                throw refusal(path, "there is no such folder", hint: "make one: mkdir \(singleLine(path))")
            case ENOTDIR: throw refusal(path, "it is no folder", hint: "give an empty folder")
            case ENOTCONN:
                throw refusal(
                    path, "a mount that came to no good end is there",
                    hint: "fusermount3 -u \(singleLine(path)) takes it away")
            case let number: throw refusal(path, String(cString: strerror(number)), hint: nil)
            }
        }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name == "." || name == ".." else {
                throw refusal(
                    path, "the folder is not empty, and a mount would hide what is in it",
                    hint: "give an empty folder")
            }
        }
    }

    private static func refusal(_ path: String, _ why: String, hint: String?) -> CommandError {
        CommandError(.usage, what: singleLine(path), why: why, hint: hint)
    }

    private struct Mounted: Encodable {
        let mountpoint: String
        let snapshots: Int
    }
}
