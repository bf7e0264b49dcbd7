/// Where the bucket's name stands in an address.
public enum S3Addressing: String, Hashable, Sendable {
    /// `https://endpoint/bucket/key`.
    case path
    /// `https://bucket.endpoint/key`.
    case virtualHost = "virtual-host"
}

extension S3Request {
    /// A request for an object, or for the bucket itself when `key` is empty.
    ///
    /// - Parameters:
    ///   - endpoint: the service's host, with a port where it is not the scheme's default.
    ///   - basePath: what comes before the bucket and the key, with a slash in front and none behind; mostly empty.
    ///   - key: raw bytes, without a slash in front that is not the key's own.
    public init(
        method: String, scheme: Scheme = .https, endpoint: String, basePath: String = "",
        addressing: S3Addressing, bucket: String,
        key: [UInt8] = [], query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], payloadHash: PayloadHash = .empty
    ) {
        let slash = [UInt8(ascii: "/")]
        let host: String
        let path: [UInt8]
        switch addressing {
        case .path:
            host = endpoint
            path = Array(basePath.utf8) + slash + Array(bucket.utf8) + (key.isEmpty ? [] : slash + key)
        case .virtualHost:
            host = "\(bucket).\(endpoint)"
            path = Array(basePath.utf8) + slash + key
        }
        self.init(
            method: method, scheme: scheme, host: host, path: path, query: query, headers: headers,
            payloadHash: payloadHash)
    }
}
