/// Headers as they are signed: names in lowercase and sorted, one line a name, values without needless space.
struct CanonicalHeaders {
    /// `name:value` and a line feed for each name.
    let lines: [UInt8]
    /// The names, with semicolons between them.
    let names: String

    /// - Parameters:
    ///   - given: the caller's headers, of which those that proxies and clients change are left out.
    ///   - added: the signer's own, which take the place of any given ones of the same name.
    init(given: [(name: String, value: String)], added: [(name: String, value: String)]) {
        var headers = added
        headers.reserveCapacity(given.count + added.count)
        for (name, value) in given {
            let name = name.lowercased()
            if Self.isSigned(name) { headers.append((name, value)) }
        }
        // Sorting is stable, so that the values of one name stay in order of arrival.
        headers.sort { $0.name < $1.name }

        var lines: [UInt8] = []
        lines.reserveCapacity(384)
        var names = ""
        var previous: String?
        for (name, value) in headers {
            if name == previous {
                lines[lines.count - 1] = UInt8(ascii: ",")
            } else {
                if previous != nil { names += ";" }
                names += name
                lines.append(name)
                lines.append(UInt8(ascii: ":"))
                previous = name
            }
            Self.append(value, to: &lines)
            lines.append(UInt8(ascii: "\n"))
        }
        self.lines = lines
        self.names = names
    }

    /// Whether a caller's header is signed: not when something on the way may change it, nor when signing
    /// itself makes it.
    private static func isSigned(_ name: String) -> Bool {
        switch name {
        case "connection", "expect", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
            "x-amzn-trace-id":
            false
        case "authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token":
            false
        default: !name.hasPrefix("proxy-")
        }
    }

    /// Appends the value without space at its ends, and with one space for each run of it; the line breaks of a
    /// folded value count as space.
    private static func append(_ value: String, to line: inout [UInt8]) {
        let start = line.count
        var spaceIsDue = false
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                spaceIsDue = line.count > start
            default:
                if spaceIsDue { line.append(UInt8(ascii: " ")) }
                spaceIsDue = false
                line.append(byte)
            }
        }
    }
}
