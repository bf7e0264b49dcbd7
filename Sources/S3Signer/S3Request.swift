/// A request as it is before signing: nothing in it is encoded yet.
///
/// `encodedPath` and `url` are the bytes to send, made by the same encoding that is signed, so that the server
/// computes the signature over what it was sent.
public struct S3Request: Sendable {
    public enum Scheme: String, Hashable, Sendable {
        case http
        case https

        var defaultPortSuffix: String { self == .https ? ":443" : ":80" }
    }

    /// In capitals, as in `PUT`.
    public let method: String
    public let scheme: Scheme
    /// The `Host` header: a name or an address, and the port where it is not the scheme's default.
    public let host: String
    /// The whole path, from its leading slash on, as raw bytes.
    public let path: [UInt8]
    /// Raw names and values in any order; a parameter without a value has an empty one.
    public var query: [(name: String, value: String)]
    /// The headers of the caller. `host` and those that signing adds are not among them.
    public var headers: [(name: String, value: String)]
    public var payloadHash: PayloadHash

    /// - Parameters:
    ///   - host: a port that is the scheme's default is dropped, as HTTP clients drop it from `Host`.
    ///   - path: begins with a slash (precondition); an empty path becomes `/`.
    public init(
        method: String, scheme: Scheme = .https, host: String, path: [UInt8],
        query: [(name: String, value: String)] = [], headers: [(name: String, value: String)] = [],
        payloadHash: PayloadHash = .empty
    ) {
        precondition(path.isEmpty || path[0] == UInt8(ascii: "/"), "a path begins with a slash")
        self.method = method
        self.scheme = scheme
        self.host =
            host.hasSuffix(scheme.defaultPortSuffix)
            ? String(host.dropLast(scheme.defaultPortSuffix.utf8.count)) : host
        self.path = path.isEmpty ? [UInt8(ascii: "/")] : path
        self.query = query
        self.headers = headers
        self.payloadHash = payloadHash
    }

    /// The same with a path of UTF-8 text.
    public init(
        method: String, scheme: Scheme = .https, host: String, path: String,
        query: [(name: String, value: String)] = [], headers: [(name: String, value: String)] = [],
        payloadHash: PayloadHash = .empty
    ) {
        self.init(
            method: method, scheme: scheme, host: host, path: Array(path.utf8), query: query,
            headers: headers, payloadHash: payloadHash)
    }

    /// The path, encoded once: what stands in the request line.
    public var encodedPath: String {
        var bytes: [UInt8] = []
        bytes.appendPercentEncoded(path, keepingSlash: true)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The whole address to send to: scheme, host, encoded path, and the encoded query in its signed order.
    public var url: String {
        let address = "\(scheme.rawValue)://\(host)\(encodedPath)"
        return query.isEmpty ? address : address + "?" + CanonicalQuery(query).text
    }
}
