import Backup
import Crypto
import Foundation
import ObjectStore
import Vault

/// A dry run over a tree that is unchanged: the walk, merged with the catalog's rows.
func scanning() async throws -> [Part] {
    let tree = try SmallFiles(count: 20_000)
    let access = VaultAccess(
        providers: [
            Provider(store: DirectoryStore(name: "disk", path: try tree.folder("disk")), location: "disk")
        ],
        quorum: 1, state: StateFolder(path: try tree.folder("state")), host: "bench", givenSecret: nil,
        askPassword: { throw CancellationError() }, warn: { _ in })
    let vault = try await access.initialise(
        strength: .interactive, makesDeviceKey: false,
        password: { SecretBytes(copying: Array("password".utf8).span.bytes) }
    ).vault
    var request = BackupRequest(collection: "Photos", sources: [SourceRoot(path: try tree.folder("photos"))])
    _ = try await vault.backUp(request, progress: RunProgress(replicaCount: 1), warn: { _ in })
    request.isDryRun = true
    return [
        Part("scanning: an unchanged file", .operations(tree.count)) { [request] in
            let progress = RunProgress(replicaCount: 1)
            let summary = try await vault.backUp(request, progress: progress, warn: { _ in })
            precondition(summary.filesTotal == tree.count && summary.filesNew == 0)
        }
    ]
}

/// Small files in folders of a thousand, in a folder that goes with its owner.
private final class SmallFiles {
    let count: Int
    private let path = NSTemporaryDirectory() + "/photobackup-bench-\(getpid())"

    init(count: Int) throws {
        self.count = count
        for number in 0..<count {
            let part = try folder("photos/\(number / 1000)")
            try Data("\(number)".utf8).write(to: URL(fileURLWithPath: "\(part)/\(number).xmp"))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A folder in there, made if need be.
    func folder(_ name: String) throws -> String {
        let folder = "\(path)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }
}
