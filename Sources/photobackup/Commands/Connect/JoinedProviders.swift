internal import Configuration
internal import Vault

/// The configuration that a new machine gets: all providers that the vault names, and the one it was reached by.
struct JoinedProviders {
    private(set) var file: NewConfiguration
    private(set) var names: [String] = []
    /// S3 providers that this machine has no credentials for yet.
    private(set) var withoutCredentials: [String] = []
    /// Whether the vault names its providers.
    let isListed: Bool

    /// - Parameter isDryRun: nobody is asked for credentials.
    init(
        _ list: ProviderList?, entrance: Entrance, isDryRun: Bool, in context: CommandContext
    ) async throws {
        file = NewConfiguration(providers: [])
        file.remarks = [
            "Written by photobackup connect. Add a [[collection]] with name and sources for backup."
        ]
        isListed = list != nil
        var isEntranceListed = false
        for listed in list?.providers ?? [] {
            let isEntrance = entrance.isAt(listed) || entrance.isDisk(listed, of: list)
            isEntranceListed = isEntranceListed || isEntrance
            var listed = listed
            if isEntrance, case .directory(let directory) = entrance.provider.kind {
                listed.path = directory.path
            }
            var provider = NewConfiguration.Provider(listed)
            if isEntrance { provider.set("ca_file", entrance.value("ca_file")) }
            if listed.path == nil {
                if isEntrance, let profile = entrance.value("profile") {
                    provider.set("profile", profile)
                } else if isEntrance, let identifier = entrance.value("access_key_id") {
                    provider.set("access_key_id", identifier)
                    provider.set("secret_access_key", entrance.value("secret_access_key"))
                } else if let identifier = listed.accessKeyID, let secret = listed.secretAccessKey {
                    provider.set("access_key_id", identifier)
                    provider.set("secret_access_key", secret)
                } else if context.environment["\(Entrance.environmentPrefix(listed.name))_ACCESS_KEY_ID"]
                    == nil
                {
                    if !isDryRun, let keys = try await context.askForKeys(listed.name) {
                        provider.values += keys
                    } else {
                        withoutCredentials.append(listed.name)
                    }
                }
            }
            file.providers.append(provider)
            names.append(listed.name)
        }
        guard !isEntranceListed else { return }
        var provider = NewConfiguration.Provider(name: "")
        provider.values = entrance.values
        file.providers.append(provider)
        names.append(entrance.provider.name)
    }
}

extension NewConfiguration.Provider {
    /// What the vault says of a provider, without credentials.
    init(_ listed: ProviderList.Provider) {
        self.init(name: listed.name)
        set("path", listed.path)
        set("endpoint", listed.endpoint)
        set("region", listed.region)
        set("bucket", listed.bucket)
        set("prefix", listed.prefix)
        set("addressing", listed.addressing)
    }
}

extension Entrance {
    /// Whether this directory can only be the one in the list, which the other machine has at another place.
    fileprivate func isDisk(_ listed: ProviderList.Provider, of list: ProviderList?) -> Bool {
        guard case .directory = provider.kind, listed.path != nil else { return false }
        return list?.providers.filter { $0.path != nil }.count == 1
    }

    /// Whether the provider is the one in the list.
    fileprivate func isAt(_ listed: ProviderList.Provider) -> Bool {
        switch provider.kind {
        case .directory(let directory): directory.path == listed.path
        case .s3(let s3):
            s3.endpoint == listed.endpoint && s3.bucket == listed.bucket && s3.prefix == listed.prefix ?? ""
        }
    }
}
