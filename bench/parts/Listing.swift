import Crypto
import Foundation
import S3
import S3Signer

/// A listing of a thousand names, from the signing of the request to objects: over loopback, from a server that
/// answers always the same.
func listing() async throws -> [Part] {
    let server = try FixedAnswer(listOfAThousand())
    let credentials = S3Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret")
    let store = try S3Store(
        S3Configuration(
            name: "fixed", endpoint: "http://127.0.0.1:\(server.port)", region: "us-east-1", bucket: "photos",
            addressing: .path, credentials: { credentials }))
    return [
        Part("listing: a page of 1,000 names, an object", .operations(1000)) {
            let page = try await store.list(prefix: "packs/", continuing: nil)
            precondition(page.objects.count == 1000)
        }
    ]
}

private func listOfAThousand() -> [UInt8] {
    let names = (0..<1000).map { SHA256.hash(Array("\($0)".utf8)).hex }.sorted()
    let contents = names.map { name in
        "<Contents><Key>packs/\(name.prefix(2))/\(name)</Key><LastModified>2026-11-21T17:28:00.000Z</LastModified>"
            + "<ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag><Size>16777216</Size>"
            + "<StorageClass>STANDARD</StorageClass></Contents>"
    }.joined()
    let body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult "
        + "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>photos</Name><Prefix>packs/</Prefix>"
        + "<KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>\(contents)"
        + "</ListBucketResult>"
    return Array(
        "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            .utf8)
}

/// Answers every request on one port with the same bytes, on a thread of its own, until the process ends.
private struct FixedAnswer {
    let port: UInt16

    init(_ answer: [UInt8]) throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                Self.serve(connection, answer)
            }
        }
    }

    /// One connection at a time; a request without a body ends with an empty line, and comes in one piece.
    private static func serve(_ connection: CInt, _ answer: [UInt8]) {
        var request = [UInt8](repeating: 0, count: 64 << 10)
        while recv(connection, &request, request.count, 0) > 0 {
            guard send(connection, answer, answer.count, 0) == answer.count else { break }
        }
        close(connection)
    }
}
