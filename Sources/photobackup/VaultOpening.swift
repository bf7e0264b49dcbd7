internal import Backup
internal import Configuration
internal import Crypto
internal import Dispatch
internal import Glibc
internal import ObjectStore
internal import S3
internal import S3Signer
internal import Synchronization
internal import Terminal
internal import Vault

extension CommandContext {
    /// How the configured vault is opened on this machine.
    ///
    /// - Parameters:
    ///   - isPruning: whether providers get the credentials that may delete, where there are such.
    ///   - isChanging: whether the command changes the vault, so that this machine must be able to remember what it did;
    ///     one that only reads goes on without.
    ///   - waitsForAll: false for what any whole replica can give: one that holds up the others is left out.
    func vaultAccess(
        _ configuration: BackupConfiguration, isPruning: Bool = false, isChanging: Bool = false,
        waitsForAll: Bool = true, wrappedKey: EmergencyKey? = nil
    ) async throws -> VaultAccess {
        let secrets = secrets(configuration)
        var given: VaultSecret?
        if let key = try wrappedKey ?? wrappedKeyInEnvironment() {
            given = .emergency(key, recoveryKey: try await recoveryKey(secrets))
        } else if let password = try await secrets.givenPassword() {
            given = .password(password)
        } else if environment["PHOTOBACKUP_RECOVERY_PHRASE"] != nil {
            given = .recoveryKey(try await recoveryKey(secrets))
        }
        var access = try access(
            configuration, isPruning: isPruning, isChanging: isChanging, given: given,
            askPassword: { try await secrets.password() })
        if !waitsForAll { access.listingPatience = .reading }
        return access
    }

    /// How it is opened with the 24 words, whatever else would do.
    ///
    /// - Parameter wrappedKey: what they open in place of a keyring.
    func vaultAccessWithWords(
        _ configuration: BackupConfiguration, isChanging: Bool = false, wrappedKey: EmergencyKey? = nil
    ) async throws -> VaultAccess {
        let recoveryKey = try await recoveryKey(secrets(configuration))
        return try access(
            configuration, isPruning: false, isChanging: isChanging,
            given: wrappedKey.map { .emergency($0, recoveryKey: recoveryKey) } ?? .recoveryKey(recoveryKey),
            askPassword: { throw CancellationError() })
    }

    /// How it is audited without its keys: no password is looked for, and none asked.
    func keylessAccess(_ configuration: BackupConfiguration, isChanging: Bool) throws -> VaultAccess {
        try access(
            configuration, isPruning: false, isChanging: isChanging, given: nil,
            askPassword: { throw CancellationError() })
    }

    private func access(
        _ configuration: BackupConfiguration, isPruning: Bool, isChanging: Bool, given: VaultSecret?,
        askPassword: @escaping @Sendable () async throws -> SecretBytes
    ) throws -> VaultAccess {
        var access = VaultAccess(
            providers: try configuration.requireProviders().map {
                try provider($0, configuration, isPruning: isPruning)
            },
            quorum: configuration.requestedQuorum, state: StateFolder(path: configuration.stateDirectory),
            host: configuration.host ?? Self.hostName, givenSecret: given, askPassword: askPassword,
            warn: warning)
        (access.changesVault, access.catalogTroubles) = (isChanging, catalogTroubles)
        if !isPruning { access.describeProviders = { try await describe(configuration) } }
        return access
    }

    /// The providers as the vault's list names them; nil where credentials cannot be had just now.
    ///
    /// - Parameter withCredentials: whether those that last are named; what the configuration says, if nil.
    func describe(
        _ configuration: BackupConfiguration, withCredentials: Bool? = nil
    ) async throws -> [ProviderList.Provider]? {
        // What is wrong with credentials is told where they are used.
        let resolver = CredentialResolver(configuration, environment: environment, warn: { _ in })
        var described: [ProviderList.Provider] = []
        for provider in configuration.providers {
            switch provider.kind {
            case .directory(let directory):
                described.append(ProviderList.Provider(name: provider.name, path: directory.path))
            case .s3(let s3):
                var listed = ProviderList.Provider(
                    name: provider.name, endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket,
                    prefix: s3.prefix, addressing: s3.addressing.rawValue)
                if withCredentials ?? configuration.storesCredentials {
                    do {
                        listed.set(try await resolver.everyday(provider, s3).credentials)
                    } catch is ConfigurationError {
                        return nil
                    }
                }
                described.append(listed)
            }
        }
        return described
    }

    private func wrappedKeyInEnvironment() throws -> EmergencyKey? {
        try environment["PHOTOBACKUP_WRAPPED_KEY"].map(EmergencyKey.init(parsing:))
    }

    private func recoveryKey(_ secrets: SecretSources) async throws -> SecretBytes {
        let phrase = try await secrets.recoveryPhrase()
        return try RecoveryPhrase.decode(phrase.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    }

    func provider(
        _ provider: ProviderConfiguration, _ configuration: BackupConfiguration, isPruning: Bool
    ) throws -> Provider {
        switch provider.kind {
        case .directory(let directory):
            return Provider(
                store: DirectoryStore(name: provider.name, path: directory.path),
                location: "file:\(directory.path)", expectedEvery: directory.expectedEvery)
        case .s3(let s3):
            let limits = S3.S3Configuration.RateLimits(
                upload: options.limitUpload?.byteCount, download: options.limitDownload?.byteCount)
            // A limit is shared by the connections; one alone uses all of it, and needs no company.
            let isLimited = limits != S3.S3Configuration.RateLimits()
            let store = try S3Store(
                S3.S3Configuration(
                    name: provider.name, endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket,
                    prefix: s3.prefix, addressing: s3.addressing == .path ? .path : .virtualHost,
                    caFile: s3.certificateAuthorityFile,
                    connections: options.connections ?? s3.connections ?? (isLimited ? 1 : nil),
                    rateLimits: limits, lockDays: s3.lockDays,
                    storageClass: s3.storageClass.map { .init($0, prefix: ObjectName.packsPrefix) },
                    minimumStorageDays: s3.minimumStorageDays,
                    onExpiry: { [warning] expiry in
                        warning(
                            Warning(what: provider.name, why: expiry.text, hint: AnnouncedExpiry.hint))
                    },
                    userAgent: ProgramVersion.userAgent,
                    credentials: waitingCredentials(
                        provider, s3, configuration, for: isPruning ? .pruning : .everyday)))
            return Provider(store: store, location: "s3:\(s3.endpoint)/\(s3.bucket)/\(s3.prefix)")
        }
    }

    /// What credentials are for. Where there are none of their own, the everyday ones do.
    enum CredentialUse {
        case everyday, pruning, sharing
    }

    /// What finds a provider's credentials, for a thread that may block.
    func waitingCredentials(
        _ provider: ProviderConfiguration, _ s3: Configuration.S3Configuration,
        _ configuration: BackupConfiguration, for use: CredentialUse
    ) -> @Sendable () throws -> S3Credentials {
        let credentials = credentials(configuration)
        return {
            try Self.waiting {
                let own =
                    switch use {
                    case .everyday: nil as CredentialResolver.Resolved?
                    case .pruning: try await credentials.prune(provider, s3)
                    case .sharing: try await credentials.share(provider, s3)
                    }
                if let own { return own.credentials }
                do {
                    return try await credentials.everyday(provider, s3).credentials
                } catch let error as ConfigurationError {
                    throw CredentialsError(error.description, hint: error.hint)
                }
            }
        }
    }

    /// The result of an asynchronous call, for a thread that may block.
    private static func waiting<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let ended = DispatchSemaphore(value: 0)
        let result = Mutex<Result<Value, any Error>?>(nil)
        Task {
            let outcome: Result<Value, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            result.withLock { $0 = outcome }
            ended.signal()
        }
        ended.wait()
        return try result.withLock { $0! }.get()
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

extension ProviderList.Provider {
    /// Takes credentials that last.
    fileprivate mutating func set(_ credentials: S3Credentials) {
        guard !credentials.isTemporary else { return }
        accessKeyID = credentials.accessKeyID
        secretAccessKey = credentials.secretAccessKey.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
