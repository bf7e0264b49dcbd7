/// One place that holds a replica, as `[[provider]]` describes it.
public struct ProviderConfiguration: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case s3(S3Configuration)
        case directory(DirectoryConfiguration)
    }

    /// Letters, digits, `_` and `-`; no two providers have the same, whatever the case.
    public let name: String
    public let kind: Kind

    /// The start of this provider's environment variables: `PHOTOBACKUP_BACKBLAZE` for `backblaze`.
    public var environmentPrefix: String { Self.environmentPrefix(name) }

    public static func environmentPrefix(_ name: String) -> String {
        "PHOTOBACKUP_" + name.uppercased().replacing("-", with: "_")
    }
}

/// A bucket of an S3-compatible service.
public struct S3Configuration: Sendable, Equatable {
    public enum Addressing: String, Sendable, CaseIterable {
        /// `https://endpoint/bucket/key`
        case path
        /// `https://bucket.endpoint/key`
        case virtual
    }

    /// Scheme, host and, where it is not the scheme's own, port, and perhaps a path; no slash at the end.
    public let endpoint: String
    public let region: String
    public let bucket: String
    /// What stands before every object's name, without slashes around it; empty for none.
    public let prefix: String
    public let addressing: Addressing
    /// Where the file says that everyday credentials are; empty when it says nothing.
    public let credentials: CredentialSettings
    /// The AWS profile that may delete; used by prune alone, never stored in the vault.
    public let pruneProfile: String?
    /// The AWS profile that signs the addresses in links, and may read; never stored in the vault.
    public let shareProfile: String?
    /// A file of certificates (PEM) to trust instead of the system's.
    public let certificateAuthorityFile: String?
    /// How many requests run at the same time; nil for the default.
    public let connections: Int?
    /// For how many days every object is locked when it is put; nil for no lock.
    public let lockDays: Int?
    /// Where packs go instead of the bucket's own class; never anything else.
    public let storageClass: String?
    /// For how many days the provider has an object paid for even when it is deleted sooner; nil for none.
    public let minimumStorageDays: Int?

    /// Nobody can take a lock back, and it is extended while it is needed: a longer one would only make a
    /// mistake in this number dearer.
    public static let longestLock = 365

    /// The most requests at the same time.
    public static let mostConnections = 64

    /// As S3 names them. Most providers have a few of them.
    public static let storageClasses = [
        "STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER",
        "DEEP_ARCHIVE", "REDUCED_REDUNDANCY", "EXPRESS_ONEZONE",
    ]
}

/// What the file says about a provider's credentials.
public struct CredentialSettings: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// Keys that stand in the file itself.
    public struct Keys: Sendable, Equatable {
        public let accessKeyID: String
        public let secretAccessKey: String
    }

    public let keys: Keys?
    public let profile: String?
    public let command: String?

    public var isEmpty: Bool { keys == nil && profile == nil && command == nil }

    // The keys never show.
    public var description: String {
        if keys != nil { return "keys in the configuration" }
        if let profile { return "profile '\(profile)'" }
        return command == nil ? "none" : "credentials_command"
    }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A directory as a provider: an external disk, a NAS.
public struct DirectoryConfiguration: Sendable, Equatable {
    public let path: String
    /// How long it may be away before it counts as behind; nil: it is expected to be there.
    public let expectedEvery: Duration?
}
