internal import Backup
internal import Configuration
internal import ObjectStore
internal import Sharing
internal import Terminal
internal import Vault

extension CommandContext {
    /// What somebody has shared and this person accepted under that name, with the newest grant of it; nil where nothing
    /// was accepted under it.
    func sharedCollection(_ name: String) async throws -> SharedCollection? {
        let shares = acceptedShares
        guard shares.has(name) else { return nil }
        let (grant, identity) = try await open(
            shares.grant(name), from: shares.grantFile(name), vault: nil)
        let shared = SharedCollection(grant, for: identity, stores: try stores(ofShare: name))
        let newer: (grant: Grant, bytes: [UInt8])?
        do {
            newer = try await shared.newerGrant(warn: warning)
        } catch {
            // What was granted before opens what it opened.
            warning(Warning(error))
            newer = nil
        }
        guard let newer else { return shared }
        let areMoved = newer.grant.providers != grant.providers
        try shares.keep(newer.bytes, as: name, providers: areMoved ? newer.grant.providers : nil)
        return SharedCollection(newer.grant, for: identity, stores: try stores(ofShare: name))
    }

    /// The replicas of what was accepted under that name, as its file says.
    private func stores(ofShare name: String) throws -> [any ObjectStore] {
        let file = acceptedShares.configurationFile(name)
        let configuration = try BackupConfiguration.load(
            from: file, environment: environment,
            warn: configurationWarning)
        return try configuration.requireProviders().map {
            try provider($0, configuration, isPruning: false).store
        }
    }
}
