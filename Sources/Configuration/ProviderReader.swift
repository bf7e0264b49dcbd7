/// Reads one `[[provider]]`.
struct ProviderReader {
    static let s3Keys = [
        "name", "endpoint", "region", "bucket", "prefix", "addressing", "profile", "access_key_id",
        "secret_access_key", "credentials_command", "prune_profile", "share_profile", "ca_file",
        "connections", "lock_days", "storage_class", "minimum_storage_days",
    ]
    static let directoryKeys = ["name", "path", "expected_every"]

    var table: TableReader
    let paths: StandardPaths

    mutating func read() throws(ConfigurationError) -> ProviderConfiguration {
        let name = try readName()
        table.name = name
        let isDirectory = table.has("path")
        if isDirectory, let foreign = ["endpoint", "bucket"].first(where: table.has) {
            throw table.failure(
                .invalidValue, foreign, "a provider is a bucket or a directory, not both",
                hint: "make two [[provider]] of it")
        }
        if !isDirectory, !table.has("endpoint"), !table.has("bucket") {
            // Unknown keys first: a misspelt 'path' should not be told that it is no bucket.
            try table.refuseUnknownKeys(known: Self.directoryKeys + Self.s3Keys)
        }
        try table.refuseUnknownKeys(known: isDirectory ? Self.directoryKeys : Self.s3Keys)
        return ProviderConfiguration(
            name: name, kind: isDirectory ? .directory(try directory()) : .s3(try s3()))
    }

    private func readName() throws(ConfigurationError) -> String {
        let name = try table.requiredString("name", example: "backblaze")
        let isValid = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isValid, name.utf8.count <= 64 else {
            throw table.failure(
                .invalidValue, "name", "'\(name)' is no name for a provider",
                hint: "up to 64 letters, digits, '-' and '_'")
        }
        return name
    }

    private func directory() throws(ConfigurationError) -> DirectoryConfiguration {
        let path = try table.requiredString("path", example: "/media/archive-disk")
        return DirectoryConfiguration(
            path: try table.absolutePath(path, at: "path", paths),
            expectedEvery: try table.duration("expected_every"))
    }

    func s3() throws(ConfigurationError) -> S3Configuration {
        S3Configuration(
            endpoint: try endpoint(),
            region: try token("region", example: "eu-central-003"),
            bucket: try bucket(),
            prefix: try prefix(),
            addressing: try table.choice("addressing", of: S3Configuration.Addressing.self) ?? .path,
            credentials: try credentials(),
            pruneProfile: try table.string("prune_profile"),
            shareProfile: try table.string("share_profile"),
            certificateAuthorityFile: try certificateAuthorityFile(),
            connections: try table.integer("connections", in: 1...S3Configuration.mostConnections),
            lockDays: try table.integer("lock_days", in: 1...S3Configuration.longestLock),
            storageClass: try storageClass(),
            minimumStorageDays: try table.integer("minimum_storage_days", in: 1...3650))
    }

    private func storageClass() throws(ConfigurationError) -> String? {
        guard let text = try table.string("storage_class") else { return nil }
        guard S3Configuration.storageClasses.contains(text) else {
            let hint = Spelling.nearest(to: text.uppercased(), in: S3Configuration.storageClasses)
                .map { "did you mean \"\($0)\"?" }
            throw table.failure(
                .invalidValue, "storage_class", "'\(text)' is no storage class",
                hint: hint ?? "one of \(S3Configuration.storageClasses.joined(separator: ", "))")
        }
        return text
    }

    private func bucket() throws(ConfigurationError) -> String {
        let bucket = try token("bucket", example: "my-photos")
        guard (3...63).contains(bucket.utf8.count), !bucket.hasPrefix(".") else {
            throw table.failure(
                .invalidValue, "bucket", "'\(bucket)' is no name of a bucket",
                hint: "3 to 63 letters, digits, dots and hyphens, as the provider shows it")
        }
        return bucket
    }

    /// A word that becomes part of an address: no slash, no space, nothing that would have to be escaped.
    private func token(_ key: String, example: String) throws(ConfigurationError) -> String {
        let text = try table.requiredString(key, example: example)
        guard text.utf8.allSatisfy(Self.isAddressByte) else {
            throw table.failure(
                .invalidValue, key, "'\(text)' is no \(key)", hint: "letters, digits, '.', '-' and '_'")
        }
        return text
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        let character = Unicode.Scalar(byte)
        return character.properties.isAlphabetic && character.isASCII
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || ".-_".unicodeScalars.contains(character)
    }

    private func endpoint() throws(ConfigurationError) -> String {
        let text = try table.requiredString("endpoint", example: "https://s3.eu-central-003.backblazeb2.com")
        let hint = "https://, the host, perhaps a port and a path; bucket and prefix have keys of their own"
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else {
            throw table.failure(
                .invalidValue, "endpoint", "'\(text)' does not begin with https://", hint: hint)
        }
        var address = text.dropFirst(scheme.count)
        while address.hasSuffix("/") { address.removeLast() }
        let authority = address.prefix { $0 != "/" }
        let path = address.dropFirst(authority.count + 1)
        guard Self.isAuthority(authority), path.isEmpty || Self.isPath(path) else {
            throw table.failure(.invalidValue, "endpoint", "'\(text)' is no address of a host", hint: hint)
        }
        if let bucket = try table.string("bucket"), address.hasSuffix("/\(bucket)") {
            throw table.failure(
                .invalidValue, "endpoint", "'\(text)' ends with the bucket's name", hint: hint)
        }
        return scheme + address
    }

    /// Whether these are names with single slashes between them.
    private static func isPath(_ text: Substring) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy(isAddressByte)
        }
    }

    /// Whether this is a host name or an address, IPv6 in brackets, and perhaps a port.
    private static func isAuthority(_ text: Substring) -> Bool {
        var host = text
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            guard let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port) else {
                return false
            }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]"), host.count > 2 {
            return host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        return !host.isEmpty && host.utf8.allSatisfy(isAddressByte)
    }

    private func prefix() throws(ConfigurationError) -> String {
        // An empty prefix is the same as none.
        guard let value = table.table["prefix"], value.string != "" else { return "" }
        var text = try table.requiredString("prefix", example: "photos")
        if text.hasSuffix("/") { text.removeLast() }
        guard Self.isPath(text[...]), text.utf8.count <= 256 else {
            throw table.failure(
                .invalidValue, "prefix", "'\(text)' is no prefix",
                hint: "letters, digits, '.', '-' and '_', with '/' between; for example \"backups/photos\"")
        }
        return text
    }

    private func credentials() throws(ConfigurationError) -> CredentialSettings {
        let identifier = try table.string("access_key_id")
        let secret = try table.string("secret_access_key")
        let keys: CredentialSettings.Keys?
        switch (identifier, secret) {
        case (let identifier?, let secret?):
            keys = .init(accessKeyID: identifier, secretAccessKey: secret)
        case (nil, nil):
            keys = nil
        default:
            throw table.failure(
                .missingValue, identifier == nil ? "access_key_id" : "secret_access_key", "value is missing",
                hint: "access_key_id and secret_access_key belong together")
        }
        return CredentialSettings(
            keys: keys, profile: try table.string("profile"), command: try table.string("credentials_command")
        )
    }

    private func certificateAuthorityFile() throws(ConfigurationError) -> String? {
        guard let path = try table.string("ca_file") else { return nil }
        return try table.absolutePath(path, at: "ca_file", paths)
    }
}

extension TableReader {
    /// `path` with `~` expanded and without slashes at the end; a relative one is refused, since it would mean
    /// another folder under cron.
    func absolutePath(
        _ path: String, at key: String, _ paths: StandardPaths
    ) throws(ConfigurationError) -> String {
        var path = paths.expanding(path)
        guard path.hasPrefix("/") else {
            throw failure(
                .invalidValue, key, "'\(path)' is no absolute path", hint: "let it begin with '/' or '~/'")
        }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
