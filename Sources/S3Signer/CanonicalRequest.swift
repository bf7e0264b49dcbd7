/// A request in the one form that client and server hash: method, path, query, headers, their names, payload.
///
/// Source: "Create a signed AWS API request", step 1.
struct CanonicalRequest {
    let bytes: [UInt8]
    let signedHeaders: String

    init(
        method: String, path: [UInt8], query: CanonicalQuery, headers: CanonicalHeaders, payloadHash: String
    ) {
        signedHeaders = headers.names
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes.append(method)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: path)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: query.bytes)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: headers.lines)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(signedHeaders)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(payloadHash)
        self.bytes = bytes
    }
}

/// A path as it is signed.
enum CanonicalPath {
    static func bytes(of path: [UInt8], rules: SigningRules) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(path.count + 32)
        encoded.appendPercentEncoded(
            rules.normalizesPath ? normalized(path) : path, keepingSlash: true)
        guard rules.encodesPathTwice else { return encoded }
        var twice: [UInt8] = []
        twice.appendPercentEncoded(encoded, keepingSlash: true)
        return twice
    }

    /// The path without empty, `.` and `..` segments (RFC 3986, section 5.2.4); a slash at the end stays.
    private static func normalized(_ path: [UInt8]) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        var segments: [ArraySlice<UInt8>] = []
        for segment in path.split(separator: slash) where segment != [dot] {
            if segment == [dot, dot] {
                _ = segments.popLast()
            } else {
                segments.append(segment)
            }
        }
        let ending = path.last == slash && !segments.isEmpty ? [slash] : []
        return [slash] + segments.joined(separator: [slash]) + ending
    }
}

/// A query as it is signed and sent: encoded, then sorted by name and by value.
struct CanonicalQuery {
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    init(_ pairs: [(name: String, value: String)]) {
        // Pairs are compared, not joined strings: `Param` precedes `Param-3`, although `-` precedes `=`.
        let sorted =
            pairs
            .map { (name: Self.encoded($0.name), value: Self.encoded($0.value)) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        var bytes: [UInt8] = []
        for (name, value) in sorted {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            bytes.append(name)
            bytes.append(UInt8(ascii: "="))
            bytes.append(value)
        }
        self.bytes = bytes
    }

    // As text: comparing ASCII strings compares their bytes.
    private static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.appendPercentEncoded(text.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }
}
