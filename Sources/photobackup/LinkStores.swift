internal import Backup
internal import Configuration
internal import ObjectStore
internal import S3
internal import Sharing
internal import Terminal
internal import Vault

extension CommandContext {
    /// Where pages of links are put: at `[share]`, or beside a replica.
    ///
    /// What lies there is no part of a replica: it is never locked, and in the bucket's own storage class.
    ///
    /// - Parameter isDeleting: whether providers get the credentials that may delete, where there are such.
    func linkPlaces(_ configuration: BackupConfiguration, isDeleting: Bool = false) throws -> LinkPlaces {
        let published = try configuration.share.map { share in
            LinkPlaces.Published(
                store: try linkStore(
                    share.provider, share.location, prefix: share.location.prefix, configuration),
                address: share.url)
        }
        return LinkPlaces(
            published: published,
            beside: { name in
                guard let (provider, s3) = configuration.bucket(named: name) else { return nil }
                return try linkStore(
                    provider, s3, prefix: s3.prefixOfPages, configuration,
                    for: isDeleting ? .pruning : .everyday)
            },
            signing: { name in
                guard let (provider, s3) = configuration.bucket(named: name), s3.shareProfile != nil else {
                    return nil
                }
                return LinkPlaces.Signing(
                    packs: try linkStore(provider, s3, prefix: s3.prefix, configuration, for: .sharing),
                    pages: try linkStore(provider, s3, prefix: s3.prefixOfPages, configuration, for: .sharing)
                )
            })
    }

    private func linkStore(
        _ provider: ProviderConfiguration, _ s3: Configuration.S3Configuration, prefix: String,
        _ configuration: BackupConfiguration, for use: CredentialUse = .everyday
    ) throws -> S3Store {
        try S3Store(
            S3.S3Configuration(
                name: provider.name, endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket,
                prefix: prefix, addressing: s3.addressing == .path ? .path : .virtualHost,
                caFile: s3.certificateAuthorityFile, connections: 1, userAgent: ProgramVersion.userAgent,
                credentials: waitingCredentials(provider, s3, configuration, for: use)))
    }

    /// Renews links in a run that nobody watches, and tells what could not be done.
    func renewLinks(of vault: OpenVault, _ configuration: BackupConfiguration) async throws -> CommandOutcome
    {
        var hasFailed = false
        let renewals = try await vault.renewLinks(
            at: linkPlaces(configuration, isDeleting: true), warn: warning)
        for renewal in renewals {
            switch renewal.outcome {
            case .renewed(let until):
                output.information("\(renewal.share.line): renewed until \(until.iso8601)")
            case .ended: output.information("\(renewal.share.line): ended")
            case .failed(let reason, let hint):
                hasFailed = true
                output.warning(Diagnostic(what: renewal.share.line, why: reason, hint: hint))
            }
        }
        return CommandOutcome(hasFailed ? .failed : .done)
    }
}

extension BackupConfiguration {
    fileprivate func bucket(
        named name: String
    ) -> (provider: ProviderConfiguration, s3: Configuration.S3Configuration)? {
        guard let provider = providers.first(where: { $0.name == name }), case .s3(let s3) = provider.kind
        else { return nil }
        return (provider, s3)
    }
}

extension Configuration.S3Configuration {
    /// Where the pages of links lie, beside the replica.
    fileprivate var prefixOfPages: String {
        let folder = String(ObjectName.sharesPrefix.dropLast())
        return prefix.isEmpty ? folder : "\(prefix)/\(folder)"
    }
}
