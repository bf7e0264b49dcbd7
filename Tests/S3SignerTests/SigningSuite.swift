import Crypto
import Foundation
import S3Signer
import Testing

/// One folder of AWS's signing suite: a request, its circumstances, and what signing must give.
struct SigningCase: Sendable, CustomTestStringConvertible {
    struct Context: Decodable {
        struct Credentials: Decodable {
            var accessKeyId: String
            var secretAccessKey: String
            var token: String?
        }
        var credentials: Credentials
        var expirationInSeconds: Int
        var normalize: Bool
        var omitSessionToken: Bool?
        var region: String
        var service: String
        var signBody: Bool
        var timestamp: String
    }

    let name: String
    var testDescription: String { name }

    static let folder = Bundle.module.resourceURL!.appending(path: "aws-signing-suite/v4")

    static let all: [SigningCase] = try! FileManager.default
        .contentsOfDirectory(atPath: folder.path).sorted().map(SigningCase.init(name:))

    func text(_ file: String) throws -> String {
        try String(contentsOf: Self.folder.appending(path: "\(name)/\(file)"), encoding: .utf8)
    }

    func context() throws -> Context {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Context.self, from: Data(text("context.json").utf8))
    }

    /// The suite's own encoding is of once: its paths are what stands in the request line, yet unencoded.
    func signer() throws -> SigV4Signer {
        let context = try context()
        return SigV4Signer(
            credentials: S3Credentials(
                accessKeyID: context.credentials.accessKeyId,
                secretAccessKey: context.credentials.secretAccessKey,
                // A token that is added after signing is the sender's business.
                sessionToken: context.omitSessionToken == true ? nil : context.credentials.token),
            region: context.region, service: context.service,
            rules: SigningRules(
                encodesPathTwice: false, normalizesPath: context.normalize,
                addsPayloadHash: context.signBody, presignsAnyPayload: false))
    }

    func date() throws -> SigningDate {
        let date = try Date(context().timestamp, strategy: .iso8601)
        return SigningDate(secondsSince1970: Int64(date.timeIntervalSince1970))
    }

    func request() throws -> S3Request { try HTTPMessage(text("request.txt")).request() }
}

/// A request as the suite's files hold it.
struct HTTPMessage {
    let method: String
    /// Path and query, as they are in the request line.
    let target: String
    let headers: [(name: String, value: String)]
    let body: String

    init(_ text: String) throws {
        let parts = text.split(separator: "\n\n", maxSplits: 1)
        let lines = try #require(parts.first).split(separator: "\n")
        let requestLine = try #require(lines.first)
        method = String(try #require(requestLine.split(separator: " ").first))
        // Paths of the suite have spaces in them.
        target = String(requestLine.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count))
        var headers: [(name: String, value: String)] = []
        for line in lines.dropFirst() {
            if line.first == " " {
                headers[headers.count - 1].value += "\n" + line
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                headers.append((String(line[..<colon]), String(line[line.index(after: colon)...])))
            }
        }
        self.headers = headers
        body = parts.count > 1 ? String(parts[1]) : ""
    }

    var path: String { String(target.prefix { $0 != "?" }) }

    /// Decoded, because the suite has raw names and encoded ones.
    var query: [(name: String, value: String)] {
        target.dropFirst(path.count + 1).split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                String(parts[0]).removingPercentEncoding!,
                parts.count > 1 ? String(parts[1]).removingPercentEncoding! : ""
            )
        }
    }

    func request() throws -> S3Request {
        let host = try #require(headers.first { $0.name.lowercased() == "host" })
        return S3Request(
            method: method, host: host.value, path: path, query: query,
            headers: headers.filter { $0.name.lowercased() != "host" },
            payloadHash: .sha256(SHA256.hash(Array(body.utf8))))
    }
}
