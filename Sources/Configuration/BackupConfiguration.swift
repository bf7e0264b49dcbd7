internal import TOMLKit

/// The configuration file, read whole and checked: what is in here can be used as it is.
public struct BackupConfiguration: Sendable, Equatable {
    /// Where it was read from.
    public let file: String
    /// The `quorum` of the file; nil when it names none.
    public let requestedQuorum: Int?
    public let passwordCommand: String?
    /// Absolute: what this machine remembers, all of which can be made again.
    public let stateDirectory: String
    /// The name of this device in snapshots; nil for the host's own.
    public let host: String?
    public let providers: [ProviderConfiguration]
    public let collections: [CollectionConfiguration]
    /// Where pages of links are put; nil where each lies beside a replica.
    public let share: ShareConfiguration?
    /// Whether the vault's sealed list of providers holds their everyday credentials.
    public let storesCredentials: Bool
    /// What runs do when nobody is there.
    public let unattended: UnattendedConfiguration

    /// How many replicas must be whole before a snapshot counts as stored: the file's, else ⌊N/2⌋+1.
    public var quorum: Int { requestedQuorum ?? providers.count / 2 + 1 }

    /// The providers, of which there is at least one. Errors: `noProvider`.
    public func requireProviders() throws(ConfigurationError) -> [ProviderConfiguration] {
        guard !providers.isEmpty else {
            throw ConfigurationError(
                .noProvider, file: file, reason: "no provider is configured",
                hint: "add a [[provider]] with name, endpoint, region and bucket, or with name and path")
        }
        return providers
    }

    /// Reads `file`, which must exist.
    ///
    /// Errors: `notFound`, `unreadable`, `syntax` with its line, `writableByOthers`, and what `parse` finds. A file with keys that
    /// others may read is a warning.
    public static func load(
        from file: String, environment: ProcessEnvironment, warn: WarningHandler
    ) throws(ConfigurationError) -> BackupConfiguration {
        let text: TextFile
        do {
            text = try TextFile(path: file)
        } catch {
            guard error.code == .notFound else { throw error }
            throw ConfigurationError(
                .notFound, file: file, reason: "no such configuration file",
                hint: "write it, or name another with --config or PHOTOBACKUP_CONFIG")
        }
        let configuration = try parse(text.bytes, file: file, environment: environment)
        try configuration.requireOwnCommands()
        if (configuration.providers + [configuration.share?.provider].compactMap(\.self))
            .contains(where: \.holdsKeys)
        {
            text.warnIfReadableByOthers(file, holding: "access keys", warn)
        }
        return configuration
    }

    /// Reads `bytes` as the content of `file`.
    ///
    /// Errors: `syntax`, `unknownKey`, `missingValue`, `wrongType`, `invalidValue`, `duplicate`.
    public static func parse(
        _ bytes: [UInt8], file: String, environment: ProcessEnvironment
    ) throws(ConfigurationError) -> BackupConfiguration {
        let root = TableReader(table: try document(bytes, file: file), file: file, path: "")
        try root.refuseUnknownKeys(
            known: [
                "quorum", "password_command", "state", "host", "store_credentials", "provider", "collection",
                ShareConfiguration.name,
            ]
                + UnattendedConfiguration.tableNames)
        let paths = StandardPaths(environment)
        let providers = try readProviders(root, paths)
        var state = paths.stateDirectory
        if let path = try root.string("state") { state = try root.absolutePath(path, at: "state", paths) }
        return BackupConfiguration(
            file: file,
            requestedQuorum: try root.integer("quorum", in: 1...max(providers.count, 1)),
            passwordCommand: try root.string("password_command"),
            stateDirectory: state,
            host: try host(root),
            providers: providers,
            collections: try readCollections(root, paths),
            share: try ShareConfiguration.read(root, paths, besides: providers),
            storesCredentials: try root.bool("store_credentials") ?? true,
            unattended: try UnattendedConfiguration(root, paths))
    }

    /// A name that fits one line and any system's limit.
    private static func host(_ root: TableReader) throws(ConfigurationError) -> String? {
        guard let host = try root.string("host") else { return nil }
        guard host.utf8.count <= 255,
            host.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw root.failure(
                .invalidValue, "host", "is no name for a machine", hint: "for example host = \"studio\"")
        }
        return host
    }

    private static func document(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> TOMLTable {
        func failure(line: Int, _ reason: String) -> ConfigurationError {
            ConfigurationError(
                .syntax, file: file, line: line, reason: reason, hint: "the file is TOML, see https://toml.io"
            )
        }
        func line(at index: Int) -> Int { 1 + bytes[..<index].count { $0 == UInt8(ascii: "\n") } }
        // The parser takes a C string and would end there without a word.
        for escape in [#"\u0000"#, #"\U00000000"#] {
            guard let zero = bytes.firstRange(of: Array(escape.utf8)) else { continue }
            throw failure(line: line(at: zero.lowerBound), "a zero byte")
        }
        if let zero = bytes.firstIndex(of: 0) { throw failure(line: line(at: zero), "a zero byte") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(line: 1, "is not UTF-8")
        }
        do {
            return try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw failure(line: error.source.begin.line, error.description.replacing("\n", with: " "))
        } catch {
            throw failure(line: 1, "\(error)")
        }
    }

    private static func readProviders(
        _ root: TableReader, _ paths: StandardPaths
    ) throws(ConfigurationError) -> [ProviderConfiguration] {
        var providers: [ProviderConfiguration] = []
        for table in try root.tables("provider") {
            var reader = ProviderReader(table: table, paths: paths)
            let provider = try reader.read()
            // Compared as environment variables see them: 'my-nas' and 'MY_NAS' would share their credentials.
            if let other = providers.first(where: { $0.environmentPrefix == provider.environmentPrefix }) {
                let difference = other.name == provider.name ? "" : " but for case and '-'"
                throw table.failure(
                    .duplicate, "name",
                    "'\(provider.name)' and an earlier provider have the same name\(difference)",
                    hint: "give each provider a name of its own")
            }
            try table.refuseSharedPlace(of: provider, with: providers)
            providers.append(provider)
        }
        return providers
    }

    private static func readCollections(
        _ root: TableReader, _ paths: StandardPaths
    ) throws(ConfigurationError) -> [CollectionConfiguration] {
        var collections: [CollectionConfiguration] = []
        for table in try root.tables("collection") {
            var reader = CollectionReader(table: table, paths: paths)
            let collection = try reader.read()
            guard !collections.contains(where: { $0.name == collection.name }) else {
                throw table.failure(
                    .duplicate, "name", "'\(collection.name)' is the name of an earlier collection",
                    hint: "put the sources of both into one, or rename one")
            }
            collections.append(collection)
        }
        return collections
    }
}

extension ProviderConfiguration {
    /// Whether the file itself holds this provider's keys.
    var holdsKeys: Bool {
        if case .s3(let s3) = kind { s3.credentials.keys != nil } else { false }
    }
}
