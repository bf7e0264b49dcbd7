internal import Glibc

/// Where a provider keeps its replica, however the configuration writes it: for telling that two are one.
///
/// What only the network or a mount knows, as another name of the same host, is not seen here: see `PlaceTrial`.
struct ProviderPlace {
    /// How two places meet.
    enum Meeting: Equatable {
        case same
        /// One lies inside the other, in a folder that the other one's vault uses.
        case mixed
    }

    /// The folders of a replica, at its top.
    static let vaultFolders: Set<Substring> = [
        "keyring", "collections", "inventory", "tombstones", "snapshots", "providers", "records", "grants",
        "packs", "meta", "probe", "shares",
    ]

    /// A bucket; nil for a directory.
    private let bucket: String?
    private let path: [Substring]
    /// What the file system calls a directory; nil where it is not there.
    private let inode: [UInt64]?

    init(_ kind: ProviderConfiguration.Kind) {
        switch kind {
        case .s3(let s3):
            bucket = "\(Self.server(s3.endpoint))/\(s3.bucket)"
            path = s3.prefix.split(separator: "/")
            inode = nil
        case .directory(let directory):
            bucket = nil
            path = Self.resolved(directory.path).split(separator: "/")
            var status = stat()
            let isThere = stat(directory.path, &status) == 0
            inode = isThere ? [UInt64(status.st_dev), UInt64(status.st_ino)] : nil
        }
    }

    /// nil where neither concerns the other.
    func meeting(_ other: ProviderPlace) -> Meeting? {
        if let inode, inode == other.inode { return .same }
        guard bucket == other.bucket else { return nil }
        if path == other.path { return .same }
        let (outer, inner) = path.count < other.path.count ? (path, other.path) : (other.path, path)
        guard inner.starts(with: outer), Self.vaultFolders.contains(inner[outer.count]) else { return nil }
        return .mixed
    }

    /// Scheme, host and port: letters' case, a dot at the end and the scheme's own port make no other server.
    private static func server(_ endpoint: String) -> String {
        let parts = endpoint.lowercased().split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count >= 2, let scheme = parts.first else { return endpoint.lowercased() }
        var host = parts[1]
        for (name, port) in [("https:", ":443"), ("http:", ":80")]
        where scheme == name && host.hasSuffix(port) {
            host = host.dropLast(port.count)
        }
        while host.hasSuffix(".") { host = host.dropLast() }
        return ([scheme, host] + parts[2...]).joined(separator: "/")
    }

    /// Without links, `.`, `..` and doubled slashes, as far as the path is there.
    private static func resolved(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard let last = parts.last, parts.count > 1, last != ".." else {
            return "/" + parts.joined(separator: "/")
        }
        return resolved("/" + parts.dropLast().joined(separator: "/")) + "/" + last
    }
}

extension TableReader {
    /// Refuses a provider whose place is that of an earlier one, or lies inside it.
    func refuseSharedPlace(
        of provider: ProviderConfiguration, with earlier: [ProviderConfiguration]
    ) throws(ConfigurationError) {
        let place = ProviderPlace(provider.kind)
        for other in earlier {
            guard let meeting = place.meeting(ProviderPlace(other.kind)) else { continue }
            let key = if case .directory = provider.kind { "path" } else { "bucket" }
            throw failure(
                .duplicate, key,
                meeting == .same
                    ? "'\(provider.name)' and '\(other.name)' are one place, which holds one copy"
                    : "'\(provider.name)' and '\(other.name)' lie inside each other, and would mix",
                hint: meeting == .same
                    ? "give each provider a bucket or a directory of its own, or take one out"
                    : "give each provider a prefix or a directory of its own")
        }
    }
}
