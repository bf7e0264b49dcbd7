import Backup
import Crypto
import Foundation
import ObjectStore
import Vault

/// A dry run over a tree that is unchanged: the walk, merged with the catalog's rows.
func scanning() async throws -> [Part] {
    let fileCount = 20_000
    let folder = NSTemporaryDirectory() + "/photobackup-bench-\(getpid())"
    for part in 0..<(fileCount / 1000) {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/photos/\(part)", withIntermediateDirectories: true)
        for number in 0..<1000 {
            try Data("\(part) \(number)".utf8).write(
                to: URL(fileURLWithPath: "\(folder)/photos/\(part)/\(number).xmp"))
        }
    }
    let access = VaultAccess(
        providers: [Provider(store: DirectoryStore(name: "disk", path: "\(folder)/disk"), location: "disk")],
        quorum: 1, state: StateFolder(path: "\(folder)/state"), host: "bench", givenSecret: nil,
        askPassword: { throw CancellationError() }, warn: { _ in })
    try FileManager.default.createDirectory(atPath: "\(folder)/disk", withIntermediateDirectories: true)
    let vault = try await access.initialise(
        strength: .interactive, makesDeviceKey: false,
        password: { SecretBytes(copying: Array("password".utf8).span.bytes) }
    ).vault
    var request = BackupRequest(collection: "Photos", sources: [SourceRoot(path: "\(folder)/photos")])
    _ = try await vault.backUp(request, progress: RunProgress(replicaCount: 1), warn: { _ in })
    request.isDryRun = true
    return [
        Part("scanning: an unchanged file", .operations(fileCount)) { [request] in
            let summary = try await vault.backUp(
                request, progress: RunProgress(replicaCount: 1), warn: { _ in })
            precondition(summary.filesTotal == fileCount && summary.filesNew == 0)
        }
    ]
}
