import ObjectStore
import SoakTesting
import Testing

@testable import Backup
@testable import Vault

// What a command of a history does, and what it promises.

extension PruneHistory {
    /// Says what a command has promised.
    typealias Promised = @Sendable () throws -> Void
    typealias Body = @Sendable (OpenVault) async throws -> Promised

    enum Command: CaseIterable {
        case backUp, backUpAgain, archive, forget, forgetByPolicy, undelete, prune, pruneAgain, heal
        case link, unlink, grant
    }

    /// What the command does on an open vault, and then what it has promised.
    func action(_ command: Command) -> Body {
        switch command {
        case .backUp, .backUpAgain, .archive: return backUp(command)
        case .forget, .forgetByPolicy: return forget(command)
        case .undelete: return undelete()
        case .link: return link()
        case .unlink: return unlink()
        case .grant: return grant()
        case .prune, .pruneAgain:
            let inventories = Int.random(in: 2...6, using: &random)
            return { [test] vault in
                _ = try await test.prune(vault, compacting: inventories)
                return {}
            }
        case .heal:
            return { [self] vault in
                let summary = try await test.heal(vault)
                return { [self] in note("  healed: \(summary.replicas.map(\.healedCount))") }
            }
        }
    }

    private func backUp(_ command: Command) -> Body {
        let source = command == .archive ? ModelSources.shoot : ModelSources.photos
        let collection = command == .archive ? "Shoot" : "Photos"
        return { [self] vault in
            let tree = try test.tree(source, keys: vault.keys)
            let summary =
                command == .archive
                ? try await test.archive(vault, source) : try await test.backUp(vault, source)
            return { [self] in
                guard let snapshot = summary.snapshot else { return }
                // Of what was forgotten, an archive may have had the only copy; it says so.
                guard summary.unreadable.isEmpty, try test.tree(source, keys: vault.keys) == tree else {
                    return
                }
                promises.append(Promise(collection: collection, snapshot: snapshot, tree: tree))
                note("  promised \(snapshot.short)")
            }
        }
    }

    private func forget(_ command: Command) -> Body {
        { [self] vault in
            let snapshots = try await vault.snapshots(warn: { _ in })
            var request = ForgetRequest(.snapshots([]))
            if command == .forget, !snapshots.isEmpty {
                request.choice = .snapshots([random.pick(snapshots).id.description])
            } else {
                var policy = RetentionPolicy()
                policy.last = Int.random(in: 1...3, using: &random)
                request.choice = .policy(policy, collections: [])
            }
            isForgetting = true
            _ = try await vault.forget(request, warn: { _ in })
            return {}
        }
    }

    private func undelete() -> Body {
        let promise = forgotten.isEmpty ? nil : random.pick(forgotten)
        return { [self] vault in
            guard let promise else { return {} }
            let undeleted = try await vault.undelete([promise.snapshot.description], warn: { _ in })
            return { [self] in
                promises += undeleted.map {
                    Promise(collection: promise.collection, snapshot: $0.snapshot, tree: promise.tree)
                }
                note("  \(promise.snapshot.short) is back")
            }
        }
    }
}
