internal import Backup
internal import Configuration
internal import S3
internal import S3Signer

extension BackupConfiguration {
    /// Checks what only those can tell who use a value, so that no later command stumbles over it.
    ///
    /// - Throws: `ConfigurationError` with the place of the first value that cannot be.
    func checkValues() throws(ConfigurationError) {
        for (index, provider) in providers.enumerated() {
            if case .s3(let s3) = provider.kind {
                try check(s3, of: provider.name, at: "provider[\(index + 1)]")
            }
        }
        if let share { try check(share.location, of: share.provider.name, at: "share") }
        for (index, collection) in collections.enumerated() {
            for (place, pattern) in collection.exclude.enumerated() {
                do throws(SourceError) { _ = try ExcludePatterns([pattern]) } catch {
                    throw wrong(
                        "collection[\(index + 1)].exclude[\(place + 1)]", "'\(pattern)': \(error.reason)",
                        error.hint)
                }
            }
        }
        guard let within = unattended.retention?.within, RetentionPeriod(within) == nil else { return }
        throw wrong(
            "retention.keep_within", "'\(within)' is no span of time",
            "years, months, days and hours: \"2y5m7d\"; two weeks are \"14d\"")
    }

    private func check(
        _ s3: Configuration.S3Configuration, of name: String, at place: String
    ) throws(ConfigurationError) {
        do throws(S3ConfigurationError) {
            _ = try S3.S3Configuration(
                name: name, endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, prefix: s3.prefix,
                connections: s3.connections, lockDays: s3.lockDays,
                credentials: { throw ConfigurationError(.noCredentials, reason: "none are needed") })
        } catch {
            throw wrong("\(place).\(error.field)", error.reason, nil)
        }
    }

    private func wrong(_ keyPath: String, _ reason: String, _ hint: String?) -> ConfigurationError {
        ConfigurationError(.invalidValue, file: file, keyPath: keyPath, reason: reason, hint: hint)
    }
}
