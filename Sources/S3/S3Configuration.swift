public import ObjectStore
public import S3Signer

/// Where a bucket is and how to reach it; one that exists has been checked for everything that can be checked
/// without asking the provider.
public struct S3Configuration: Sendable {
    /// How long to wait. None limits how long a transfer takes that makes progress.
    public struct Timeouts: Hashable, Sendable {
        /// For the host's address. A resolver asks its second server after 5 s, and its third after 10.
        public var lookup: Duration = .seconds(20)
        /// For a connection, with its TLS handshake, once the address is known.
        public var connect: Duration = .seconds(5)
        /// Without a single byte sent or received; whole seconds.
        public var stall: Duration = .seconds(30)

        public init() {}
    }

    /// The provider's name, for messages.
    public let name: String
    /// An address like `https://s3.eu-central-003.backblazeb2.com`; a path in it comes before the bucket's.
    public let endpoint: String
    public let region: String
    public let bucket: String
    /// What precedes every key, without slashes at its ends; empty for the whole bucket.
    public let prefix: String
    public let addressing: S3Addressing
    /// Asked once, on a thread where it may block, and again when the provider says that they have expired.
    public let credentials: @Sendable () throws -> S3Credentials
    /// The most bytes that a provider is to be sent, or to send, in a second; nil for no limit.
    public struct RateLimits: Hashable, Sendable {
        public var upload: Int?
        public var download: Int?

        public init(upload: Int? = nil, download: Int? = nil) {
            self.upload = upload
            self.download = download
        }
    }

    /// A storage class, and the beginning of the names that go there.
    public struct StorageClassRule: Hashable, Sendable {
        /// As the provider calls it: `GLACIER`.
        public let storageClass: String
        /// The names' beginning: what is listed and read all the time stays in the bucket's own class.
        public let prefix: String

        public init(_ storageClass: String, prefix: String) {
            self.storageClass = storageClass
            self.prefix = prefix
        }

        /// Whether its objects have to be asked for, hours before they can be read.
        public var isCold: Bool { ["GLACIER", "DEEP_ARCHIVE"].contains(storageClass) }
    }

    /// For how many days every object is locked when it is put; nil for no lock.
    public let lockDays: Int?
    public let storageClass: StorageClassRule?
    /// For how many days an object is paid for even when it is deleted sooner; nil for none.
    public let minimumStorageDays: Int?
    /// A file of PEM certificates that take the place of the system's authorities.
    public let caFile: String?
    /// How many transfers run at the same time, while more wait for their turn; nil for as many as make them faster.
    public let connections: Int?
    /// Shared evenly by the connections, so that the limit holds however many are at work.
    public let rateLimits: RateLimits
    public let timeouts: Timeouts
    /// What this program calls itself; some that stand before a service refuse whoever says nothing.
    public let userAgent: String

    /// A lock that nobody can take back is extended while it is needed, and has no reason to be longer.
    public static let longestLock = 365

    /// Told once of what the provider announces that it will delete.
    public let onExpiry: @Sendable (AnnouncedExpiry) -> Void

    let scheme: S3Request.Scheme
    /// Host, and the port if the endpoint has one.
    let host: String
    /// Of the endpoint, with a slash in front and none behind; empty without one.
    let basePath: String

    /// - Throws: `S3ConfigurationError` for the first value that cannot be.
    public init(
        name: String, endpoint: String, region: String, bucket: String, prefix: String = "",
        addressing: S3Addressing = .path, caFile: String? = nil, connections: Int? = nil,
        rateLimits: RateLimits = RateLimits(), timeouts: Timeouts = Timeouts(), lockDays: Int? = nil,
        storageClass: StorageClassRule? = nil, minimumStorageDays: Int? = nil,
        onExpiry: @escaping @Sendable (AnnouncedExpiry) -> Void = { _ in },
        userAgent: String = "photobackup",
        credentials: @escaping @Sendable () throws -> S3Credentials
    ) throws(S3ConfigurationError) {
        self.name = name
        self.endpoint = endpoint
        self.region = region
        self.bucket = bucket
        self.prefix = prefix.trimmingSlashes
        self.addressing = addressing
        self.credentials = credentials
        self.caFile = caFile
        self.connections = connections
        self.rateLimits = rateLimits
        self.timeouts = timeouts
        self.lockDays = lockDays
        self.storageClass = storageClass
        self.minimumStorageDays = minimumStorageDays
        self.onExpiry = onExpiry
        self.userAgent = userAgent
        (scheme, host, basePath) = try Self.parse(endpoint: endpoint)
        try check()
    }

    /// As libcurl names it in its cache of addresses.
    var hostAndPort: String {
        let full = addressing == .virtualHost ? "\(bucket).\(host)" : host
        let hasPort = full.last != "]" && full.contains(":")
        return hasPort ? full : "\(full):\(scheme == .https ? 443 : 80)"
    }

    private static func parse(
        endpoint: String
    ) throws(S3ConfigurationError) -> (scheme: S3Request.Scheme, host: String, basePath: String) {
        func refuse(_ reason: String) -> S3ConfigurationError {
            S3ConfigurationError(field: "endpoint", reason: reason)
        }
        let scheme: S3Request.Scheme
        if endpoint.hasPrefix("https://") {
            scheme = .https
        } else if endpoint.hasPrefix("http://") {
            scheme = .http
        } else {
            throw refuse("\"\(endpoint)\" begins with neither https:// nor http://")
        }
        var address = endpoint.dropFirst("\(scheme.rawValue)://".count)
        while address.last == "/" { address = address.dropLast() }
        guard !address.contains("@") else { throw refuse("credentials do not belong into an address") }
        guard !address.contains(where: { "?#%".contains($0) }) else {
            throw refuse("only a host, and perhaps a port and a path, follow \(scheme.rawValue)://")
        }
        let host = address.prefix { $0 != "/" }
        let path = String(address.dropFirst(host.count))
        guard isPath(path) else {
            throw refuse("the path \(path) may have letters, digits, dots, hyphens, and single slashes")
        }
        // What is left is name[:port], a.b.c.d[:port] or [v6][:port].
        let isBracketed = host.first == "["
        let colon = host.lastIndex(of: ":").flatMap { colon in
            isBracketed && host[colon...].contains("]") ? nil : colon
        }
        let hostName = host[..<(colon ?? host.endIndex)]
        let isAllowed = { (byte: UInt8) in
            byte.isASCIILetterOrDigit || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_") || (isBracketed && (":[]".utf8.contains(byte)))
        }
        guard !hostName.isEmpty, hostName.utf8.allSatisfy(isAllowed), !isBracketed || hostName.last == "]"
        else { throw refuse("\"\(hostName)\" is no host name") }
        if let colon {
            let port = UInt16(host[host.index(after: colon)...]) ?? 0
            guard port > 0 else { throw refuse("\"\(host[host.index(after: colon)...])\" is no port") }
        }
        return (scheme, host.lowercased(), path)
    }

    private static func isPath(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
                && part.utf8.allSatisfy { $0.isASCIILetterOrDigit || "-_.~".utf8.contains($0) }
        }
    }

    /// Whether a text can stand in a signature's scope, which is part of a header: an answer may tell a region too.
    static func isRegion(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isASCIILetterOrDigit || "-_.".utf8.contains($0) }
    }

    private func check() throws(S3ConfigurationError) {
        func demand(_ condition: Bool, _ field: String, _ reason: String) throws(S3ConfigurationError) {
            guard condition else { throw S3ConfigurationError(field: field, reason: reason) }
        }
        func isWritten(_ text: String, with other: String) -> Bool {
            text.utf8.allSatisfy { $0.isASCIILetterOrDigit || other.utf8.contains($0) }
        }
        try demand(!name.isEmpty, "name", "is empty")
        try demand(
            Self.isRegion(region), "region",
            "\"\(region)\" is no region; where a provider has none, us-east-1 does")
        try demand(
            (3...63).contains(bucket.utf8.count) && isWritten(bucket, with: "-_.") && !bucket.hasPrefix("."),
            "bucket", "\"\(bucket)\" is no bucket name: 3 to 63 letters, digits, dots and hyphens")
        try demand(
            !basePath.hasSuffix("/\(bucket)"), "endpoint",
            "\"\(endpoint)\" ends with the bucket's name, which has a key of its own")
        try demand(
            prefix.utf8.count <= 256 && isWritten(prefix, with: "-_./") && !prefix.contains("//")
                && !prefix.split(separator: "/").contains { $0 == "." || $0 == ".." },
            "prefix", "\"\(prefix)\" may have letters, digits, dots, hyphens, and single slashes")
        if let connections {
            try demand((1...64).contains(connections), "connections", "\(connections) is not within 1 to 64")
        }
        try demand(
            (1...Self.longestLock).contains(lockDays ?? 1), "lock_days",
            "\(lockDays ?? 0) is not within 1 to \(Self.longestLock)")
        try demand(
            timeouts.connect >= .milliseconds(1) && timeouts.stall >= .seconds(1), "timeouts",
            "a connection needs some time, and a stall is counted in seconds")
    }
}

/// Why there are no credentials, where whoever looked for them knows what to do.
public struct CredentialsError: Error, CustomStringConvertible {
    public let description: String
    public let hint: String?

    public init(_ description: String, hint: String?) {
        self.description = description
        self.hint = hint
    }
}

/// A value of a provider's configuration that cannot be, and why.
public struct S3ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// As the configuration file names it.
    public let field: String
    public let reason: String

    public var description: String { "\(field): \(reason)" }
}

extension UInt8 {
    fileprivate var isASCIILetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension String {
    fileprivate var trimmingSlashes: String {
        String(drop { $0 == "/" }.reversed().drop { $0 == "/" }.reversed())
    }
}
