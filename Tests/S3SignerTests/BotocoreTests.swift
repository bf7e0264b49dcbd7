import Crypto
import Foundation
import S3Signer
import SoakTesting
import Testing

@Suite("Compared with botocore")
struct BotocoreTests {
    /// Any seed is good; a failure names the one to set again.
    static let seed =
        ProcessInfo.processInfo.environment["PHOTOBACKUP_TEST_SEED"].flatMap(UInt64.init)
        ?? UInt64.random(in: 0...UInt64.max)

    @Test("thousands of generated requests are signed alike")
    func generated() throws {
        var generator = RequestGenerator(seed: Self.seed)
        let cases = (0..<4000).map { _ in generator.next() }
        let answers = try BotocoreOracle.ask(cases.map(\.question))
        try #require(answers.count == cases.count)

        for (index, (generated, answer)) in zip(cases, answers).enumerated() {
            let (signer, request, date) = (generated.signer, generated.request, generated.date)
            let place: Comment = "request \(index) of PHOTOBACKUP_TEST_SEED=\(Self.seed)"
            switch generated.kind {
            case .header:
                try #require(
                    signer.canonicalRequest(request, at: date) == answer.canonicalRequest, place)
                try #require(signer.stringToSign(request, at: date) == answer.stringToSign, place)
                try #require(signer.sign(request, at: date).last?.value == answer.result, place)
            case .query(let expires):
                try #require(
                    signer.canonicalRequest(request, expires: expires, at: date)
                        == answer.canonicalRequest, place)
                try #require(
                    signer.stringToSign(request, expires: expires, at: date) == answer.stringToSign,
                    place)
                let url = signer.presign(request, expires: expires, at: date)
                try #require(Self.parts(url) == Self.parts(answer.result), place)
            }
        }
    }

    /// The address and the parameters, in no order: botocore appends its own to the caller's.
    private static func parts(_ url: String) -> [String] {
        url.split(separator: "?", maxSplits: 1).flatMap { $0.split(separator: "&") }.map(String.init).sorted()
    }
}

/// Requests with everything that may be signed wrongly, the same ones for the same seed.
struct RequestGenerator {
    enum Kind {
        case header
        case query(expires: Int)
    }

    struct Generated {
        var kind: Kind
        var signer: SigV4Signer
        var request: S3Request
        var date: SigningDate
        var question: BotocoreOracle.Question
    }

    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next() -> Generated {
        let isS3 = Int.random(in: 0..<4, using: &random) > 0
        let kind: Kind =
            Bool.random(using: &random)
            ? .header : .query(expires: Int.random(in: 1...604_800, using: &random))
        let isHeader = if case .header = kind { true } else { false }
        // A presigned body is open by the rules of S3; by the general ones, this has none.
        let hasBody = isS3 || isHeader
        let body: String? =
            isS3 && Int.random(in: 0..<8, using: &random) == 0 ? nil : hasBody ? text(0...20) : ""

        let service = isS3 ? "s3" : "execute-api"
        let credentials = (id: text(1...20, of: Self.word), secret: text(1...40, of: Self.odd))
        let token: String? = Bool.random(using: &random) ? text(1...120, of: Self.odd) : nil
        let region = ["us-east-1", "eu-central-003", "auto", "fr-par"].randomElement(using: &random)!
        // From 1970 to 2100.
        let date = SigningDate(secondsSince1970: Int64.random(in: 0...4_102_444_800, using: &random))

        let signer = SigV4Signer(
            credentials: S3Credentials(
                accessKeyID: credentials.id, secretAccessKey: credentials.secret, sessionToken: token),
            region: region, service: service, rules: isS3 ? .s3 : .general)
        let request = S3Request(
            method: ["GET", "PUT", "POST", "HEAD", "DELETE"].randomElement(using: &random)!,
            scheme: Bool.random(using: &random) ? .https : .http,
            host: ["s3.example.com", "bucket.example", "127.0.0.1:9000", "h:443", "h:80", "[::1]:8333"]
                .randomElement(using: &random)!,
            path: path(), query: query(), headers: headers(),
            payloadHash: body.map { .sha256(SHA256.hash(Array($0.utf8))) } ?? .unsigned)
        // Headers that botocore would sign and that HTTP lets every hop change: it is not told of them.
        var sent = request
        if Bool.random(using: &random) {
            sent.headers.insert(("Proxy-Connection", "close"), at: 0)
            sent.headers.append(("Connection", "close"))
        }
        let question = BotocoreOracle.Question(
            kind: isHeader ? "header" : "query", rules: isS3 ? "s3" : "general", method: request.method,
            scheme: request.scheme.rawValue, host: request.host, path: request.path.hex,
            query: request.query.map { [$0.name, $0.value] },
            headers: request.headers.map { [$0.name, $0.value] },
            // botocore moves the body of a presigned request into its query.
            body: isHeader ? body : "", accessKeyID: credentials.id,
            secretAccessKey: credentials.secret, sessionToken: token, region: region, service: service,
            timestamp: date.timestamp,
            expires: { if case .query(let seconds) = kind { seconds } else { 1 } }())
        return Generated(kind: kind, signer: signer, request: sent, date: date, question: question)
    }

    // MARK: Parts

    private static let word = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    private static let odd = Array("aZ09-._~/+=%&?#;:,@!$'()*[]{}|\\^`\"<> ")
    private static let wide = Array("aé\u{301}üßሴ写真🏔️👩‍👩‍👧\u{10ffff}~ %/+")

    private mutating func text(_ length: ClosedRange<Int>, of alphabet: [Character]? = nil) -> String {
        let alphabet = alphabet ?? [Self.word, Self.odd, Self.wide].randomElement(using: &random)!
        return String(
            (0..<Int.random(in: length, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
    }

    /// A slash and text, dots and slashes, or any bytes.
    private mutating func path() -> [UInt8] {
        let count = Int.random(in: 0...40, using: &random)
        let rest: [UInt8] =
            switch Int.random(in: 0..<3, using: &random) {
            case 0: Array(text(0...40).utf8)
            case 1: (0..<count).map { _ in [0x2e, 0x2f, 0x61].randomElement(using: &random)! }
            default: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
        return [UInt8(ascii: "/")] + rest
    }

    /// Names that begin alike; each once, because botocore keeps one value a name in what it presigns.
    private mutating func query() -> [(name: String, value: String)] {
        var names: Set<String> = []
        return (0..<Int.random(in: 0...5, using: &random)).compactMap { _ in
            let name = ["Param", "param", "list-type", ""].randomElement(using: &random)! + text(1...3)
            // Swift's strings are equal when they are canonically equivalent; bytes are compared here.
            guard names.insert(Array(name.utf8).hex).inserted else { return nil }
            return (name, text(0...12))
        }
    }

    /// In any case and order, with space in and around the values, some of them several times.
    private mutating func headers() -> [(name: String, value: String)] {
        let names = [
            "Content-Type", "content-md5", "Range", "X-Amz-Meta-A", "x-amz-meta-a", "x-amz-meta-a-b",
            "x-amz-checksum-sha256", "X-Amz-Storage-Class", "If-None-Match", "User-Agent", "Expect",
        ]
        return (0..<Int.random(in: 0...6, using: &random)).map { _ in
            let words = (0..<Int.random(in: 0...3, using: &random)).map { _ in text(0...8, of: Self.odd) }
            let space = ["  ", " ", "\t", " \t ", "\r\n "].randomElement(using: &random)!
            return (names.randomElement(using: &random)!, space + words.joined(separator: space) + space)
        }
    }
}
