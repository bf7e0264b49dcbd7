import Crypto
import ServerTesting
import SoakTesting

/// Which lies a hostile replica tells while one command runs: so many of a hundred requests of a kind are answered by one
/// of the lies that were drawn for the kind.
struct Lies: Sendable, CustomStringConvertible {
    private let percent: Int
    private let choices: [HostileServer.Kind: [Lie]]
    private let seed: UInt64

    static func drawn(using random: inout SeededGenerator) -> Lies {
        var choices: [HostileServer.Kind: [Lie]] = [:]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let kind = random.pick(HostileServer.Kind.allCases)
            choices[kind, default: []].append(lie(about: kind, using: &random))
        }
        return Lies(percent: random.pick([15, 50, 100]), choices: choices, seed: random.next())
    }

    func lie(for request: HostileServer.Request) -> Lie? {
        guard let choices = choices[request.kind] else { return nil }
        var random = SeededGenerator(seed: seed &+ UInt64(request.index))
        return random.chance(percent) ? random.pick(choices) : nil
    }

    var description: String {
        let lies = choices.sorted { $0.key.rawValue < $1.key.rawValue }
            .flatMap { kind, lies in lies.map { "\(kind) \($0)" } }
        return "\(percent) %: \(lies.joined(separator: ", "))"
    }

    private static func lie(about kind: HostileServer.Kind, using random: inout SeededGenerator) -> Lie {
        if random.chance(40) { return anyAnswer(using: &random) }
        switch kind {
        case .get, .head:
            return random.pick([
                .flipped, .other, .earlier, .empty, .partAsWhole,
                .header("content-range", random.pick(ranges)),
            ])
        case .put: return random.pick([.forgets, .keepsOther(random.bytes(50)), .header("etag", "")])
        case .delete: return random.pick([.keeps, .deletesOthers])
        case .list, .versions: return listing(using: &random)
        case .other: return anyAnswer(using: &random)
        }
    }

    private static func anyAnswer(using random: inout SeededGenerator) -> Lie {
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1:
            let (status, code) = random.pick(refusals)
            return .refuses(status: status, code: code)
        case 2, 3:
            let (name, value) = random.pick(headers)
            return .header(name, value)
        case 4: return .cut(Int.random(in: 0..<100, using: &random))
        case 5: return random.pick([.page, .hangsUp, .noise(random.bytes(300))])
        case 6: return .errorInside(random.pick(refusals).code)
        case 7: return .withoutLength
        case 8: return random.pick([.silent, .trickles])
        default: return .endless
        }
    }

    private static func listing(using random: inout SeededGenerator) -> Lie {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: .hides(every: Int.random(in: 1...4, using: &random))
        case 1: .names(names(using: &random))
        case 2: .sizes(random.pick(numbers))
        case 3: .times(random.pick(times))
        case 4: .unsorted
        case 5: .twice
        case 6: .again
        case 7: .pages
        case 8: .lags
        default: .xml(random.pick(documents))
        }
    }

    // MARK: What is said

    private static let refusals: [(status: Int, code: String)] = [
        (301, "PermanentRedirect"), (307, "TemporaryRedirect"), (400, "InvalidRequest"),
        (400, "AuthorizationHeaderMalformed"), (400, "ExpiredToken"), (403, "AccessDenied"),
        (403, "RequestTimeTooSkewed"), (403, "InvalidObjectState"), (404, "NoSuchKey"), (404, "NoSuchBucket"),
        (405, "MethodNotAllowed"), (409, "OperationAborted"), (411, "MissingContentLength"),
        (412, "PreconditionFailed"), (413, "EntityTooLarge"), (416, "InvalidRange"), (429, "TooManyRequests"),
        (500, "InternalError"), (503, "SlowDown"), (507, "InsufficientStorage"), (99, "Odd"), (600, "Odd"),
    ]

    private static let numbers = [
        "0", "1", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "18446744073709551616", "", "many", "1e9",
    ]

    private static let times = [
        "0000-00-00T00:00:00Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:60Z",
        "-292277022657-01-27T08:29:52Z", "2026-02-30T25:61:61Z", "", "yesterday",
    ]

    private static let dates = [
        "Fri, 31 Dec 9999 23:59:60 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT",
        "Wed, 32 Foo 99999 99:99:99 GMT", "", "now",
    ]

    private static let ranges = [
        "bytes 0-0/0", "bytes 5-1/9", "bytes 0-9223372036854775807/9223372036854775807", "bytes */5", "bytes",
        "bytes -1--1/-1", "lines 1-2/3",
    ]

    private static let headers: [(String, String)] =
        numbers.map { ("content-length", $0) } + dates.map { ("date", $0) }
        + dates.map { ("last-modified", $0) } + ranges.map { ("content-range", $0) }
        + [
            ("x-amz-expiration", "expiry-date=\"Fri, 31 Dec 9999 23:59:60 GMT\", rule-id=\"\""),
            ("x-amz-expiration", "\""), ("x-amz-storage-class", "GLACIER"), ("x-amz-archive-status", "DEEP"),
            ("x-amz-bucket-region", "nowhere/../x"), ("x-amz-checksum-sha256", "AAAA"), ("etag", ""),
            ("x-amz-object-lock-retain-until-date", "9999-12-31T23:59:60Z"), ("retry-after", "99999999999"),
            ("content-type", "text/html"), ("content-encoding", "gzip"), ("transfer-encoding", "chunked"),
            ("x-amz-restore", "ongoing-request=\"true\""),
        ]

    private static let documents = [
        "", "<", "<ListBucketResult>", "<ListBucketResult></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><ListBucketResult><IsTruncated>&b;</IsTruncated></ListBucketResult>",
        String(repeating: "<a>", count: 50_000),
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents></Contents></ListBucketResult>",
    ]

    /// Names as the program makes them, of objects that are not there, and names that nobody makes.
    private static func names(using random: inout SeededGenerator) -> [String] {
        let digest = SHA256.hash(random.bytes(8).span.bytes).hex
        let id = random.bytes(16).map { String($0, radix: 16) }.joined()
        let time = random.pick(["19700101-000000", "20261128-120000", "99991231-235959"])
        return random.pick([
            ["keyring/4294967295-\(digest).json", "keyring/0000000000-\(digest).json"],
            ["snapshots/\(id)/\(time)-\(digest)"], ["inventory/\(time)-\(digest)"],
            ["tombstones/\(time)-\(digest)"], ["records/\(time)-\(digest)"], ["grants/x-\(digest)"],
            ["collections/\(id)/4294967295-\(digest)"], ["providers/4294967295-\(digest)"],
            ["packs/\(digest.prefix(2))/\(digest)", "meta/\(digest.prefix(2))/\(digest)"],
            ["\u{1}", "\u{FFFE}", "a/../b", "packs//x", String(repeating: "n", count: 1024), "", "/"],
        ])
    }
}
