import Foundation
import GRDB

@testable import Backup

/// A machine of a model sequence: its name, and the folder with what it remembers.
struct ModelMachine: Sendable {
    let host: String
    /// Below the test's scratch folder.
    private(set) var state: String

    init(host: String) {
        self.host = host
        state = Self.newState(of: host)
    }

    private static func newState(of host: String) -> String { "state-\(host)-\(UUID().uuidString)" }

    /// What a machine of that name is that remembers nothing.
    var forgotten: ModelMachine { ModelMachine(host: host) }

    func access(to test: TestVault, onlyReplica: Int? = nil) -> VaultAccess {
        var access = test.access(on: host)
        access.state = StateFolder(path: test.scratch(state))
        if let onlyReplica {
            let replica = test.replicas[onlyReplica]
            access.providers = [Provider(store: replica.store, location: replica.name)]
        }
        return access
    }

    /// A machine that remembers what this one has committed to its disk by now: what a killed process leaves.
    func copied(in test: TestVault) throws -> ModelMachine {
        let copy = forgotten
        let files = FileManager.default
        let (from, to) = (test.scratch(state), test.scratch(copy.state))
        for vault in (try? files.contentsOfDirectory(atPath: from)) ?? [] {
            try files.createDirectory(atPath: "\(to)/\(vault)", withIntermediateDirectories: true)
            for name in try files.contentsOfDirectory(atPath: "\(from)/\(vault)")
            where name != "lock" && !name.hasPrefix("catalog.sqlite") && !name.hasPrefix(".") {
                try files.copyItem(atPath: "\(from)/\(vault)/\(name)", toPath: "\(to)/\(vault)/\(name)")
            }
            let catalog = "\(from)/\(vault)/catalog.sqlite"
            guard files.fileExists(atPath: catalog) else { continue }
            // SQLite's own backup: every transaction that was committed, and nothing of those that were not.
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            let source = try DatabaseQueue(path: catalog, configuration: configuration)
            let target = try DatabaseQueue(path: "\(to)/\(vault)/catalog.sqlite")
            try source.backup(to: target)
            try source.close()
            try target.close()
        }
        return copy
    }
}
