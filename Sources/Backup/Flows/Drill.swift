internal import Foundation
internal import ObjectStore
internal import Replicator
internal import Synchronization
internal import Vault

extension VaultAccess {
    /// Restores a few files, chosen at random, from each provider by itself, as somebody would who has nothing left but
    /// that provider and the secret: without this machine's catalog, with the keys from that provider's keyring.
    ///
    /// What comes back has the content that was backed up: each chunk is compared with its id. Where an original is still
    /// there, it is compared with that too. Nothing is changed at any provider; what was restored is removed.
    ///
    /// - Throws: `StateError` where the folder cannot be made; `CancellationError`. What goes wrong at a provider is in
    ///   its outcome.
    public func drill(_ request: DrillRequest, progress: RunProgress) async throws -> DrillSummary {
        var drills: [ReplicaDrill] = []
        for provider in providers where request.providers?.contains(provider.store.name) ?? true {
            do {
                try FileManager.default.createDirectory(
                    atPath: request.folder, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            } catch {
                throw StateError(path: request.folder, reason: "it cannot be made: \(SystemFailure.last)")
            }
            defer { remove(request.folder) }
            var alone = self
            alone.providers = [provider]
            (alone.quorum, alone.describeProviders) = (nil, nil)
            alone.state = StateFolder(path: request.folder + "/state")
            drills.append(try await alone.drillAlone(request, progress: progress))
        }
        return DrillSummary(replicas: drills)
    }

    /// What was restored is not left behind without a word.
    private func remove(_ folder: String) {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            warn(Warning(what: folder, why: "it holds restored files, and could not be removed: \(error)"))
        }
    }

    /// The drill at the only provider of this access.
    private func drillAlone(_ request: DrillRequest, progress: RunProgress) async throws -> ReplicaDrill {
        let name = providers[0].store.name
        do {
            return try await LoneDrill(vault: open(), provider: name, request: request, progress: progress)
                .run()
        } catch {
            try Task.checkCancellation()
            return ReplicaDrill(name, Self.outcome(of: error))
        }
    }

    private static func outcome(of error: any Error) -> ReplicaDrill.Outcome {
        switch error {
        case let error as ObjectStoreError where error.code != .notFound: .unreachable(error.reason)
        case let error as AccessError where error.code == .unreachable: .unreachable(error.description)
        default: .failed(["\(error)"])
        }
    }
}
