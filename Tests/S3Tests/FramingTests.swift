import Crypto
import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// How an answer says which bytes it holds is not the object: proxies drop the length, change the range, and answer the
/// whole. What the hash or the length prove is right; what nothing proves is not called damage.
@Suite struct FramingTests {
    private static let bytes = Array("0123456789".utf8)
    private static let text = "0123456789"
    /// Named by the hash of those bytes.
    private static let key = ObjectKey("packs/aa/\(SHA256.hash(bytes).hex)")!

    private static func raw(_ head: String, _ body: String) -> ScriptedServer.Reply {
        .raw("HTTP/1.1 \(head)\r\nConnection: close\r\n\r\n\(body)")
    }

    private static let chunks = "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"

    @Test(arguments: [
        ("200 OK\r\nContent-Length: 10", text), ("200 OK\r\nTransfer-Encoding: chunked", chunks),
        ("200 OK", text), ("206 Partial\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/10", text),
        ("206 Partial\r\nContent-Length: 10", text),
        ("206 Partial\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/*", text),
        ("206 Partial\r\nContent-Range: nonsense", text),
    ])
    func aWholeObjectIsKnownByItsHash(_ head: String, _ body: String) async throws {
        let scripted = try ScriptedStore([Self.raw(head, body)])
        #expect(try await scripted.store.get(Self.key, maximumByteCount: 100).array == Self.bytes)
        let digest = try await scripted.store.digest(of: Self.key, maximumByteCount: 100)
        #expect(digest.sha256 == SHA256.hash(Self.bytes) && digest.byteCount == 10)
        // The hash is at hand: nothing else is asked.
        #expect(scripted.server.requests.allSatisfy { $0.method == "GET" })
    }

    /// Where the hash is another, HEAD tells whether all of the object came.
    @Test(
        arguments: [(6, nil), (10, .malformedAnswer), (nil, .malformedAnswer)]
            as [(Int?, ObjectStoreError.Code?)])
    func withoutALengthOnlyHeadCanTellDamage(_ length: Int?, _ expected: ObjectStoreError.Code?) async throws
    {
        let server = try ScriptedServer { _, request in
            guard request.method == "HEAD" else { return Self.raw("200 OK", "altere") }
            return length.map { .answer(200, headers: [("Content-Length", "\($0)")]) }
                ?? Self.raw("200 OK", "")
        }
        let store = try ScriptedStore(server).store
        #expect(
            await code { () throws(ObjectStoreError) in
                try await store.digest(of: Self.key, maximumByteCount: 100)
            } == expected)
    }

    @Test(arguments: [
        ("206 Partial\r\nContent-Length: 3\r\nContent-Range: bytes 0-2/10", "012"),
        ("200 OK\r\nContent-Length: 3\r\nContent-Range: bytes 0-2/10", "012"),
        ("200 OK\r\nContent-Length: 10\r\nContent-Encoding: gzip", text),
    ])
    func whatIsNotTheWholeIsNotDamageEither(_ head: String, _ body: String) async throws {
        let scripted = try ScriptedStore([Self.raw(head, body)])
        #expect(
            await code { () throws(ObjectStoreError) in
                try await scripted.store.get(Self.key, maximumByteCount: 100)
            }
                == .malformedAnswer)
    }

    @Test(arguments: [
        ("206 Partial\r\nContent-Length: 3\r\nContent-Range: bytes 2-4/10", "234"),
        ("200 OK\r\nContent-Length: 3\r\nContent-Range: bytes 2-4/10", "234"),
        ("206 Partial\r\nContent-Length: 3\r\nContent-Range: bytes 2-4", "234"),
        ("206 Partial\r\nContent-Length: 3\r\nContent-Range: bytes=2-4/10", "234"),
        ("206 Partial\r\nContent-Length: 3\r\nContent-Range: nonsense", "234"),
        ("206 Partial\r\nContent-Length: 3", "234"), ("206 Partial", "234"),
        ("206 Partial\r\nContent-Length: 5\r\nContent-Range: bytes 1-5/10", "12345"),
        ("200 OK\r\nContent-Length: 10", text), ("200 OK\r\nTransfer-Encoding: chunked", chunks),
    ])
    func aPartIsCutOutOfWhatCame(_ head: String, _ body: String) async throws {
        let scripted = try ScriptedStore([Self.raw(head, body)])
        let part = try await scripted.store.get(Self.key, range: 2..<5, maximumByteCount: 100)
        #expect(part.array == Array("234".utf8))
        #expect(scripted.server.requests.count == 1)
    }

    @Test func anotherPartIsFollowedByTheWhole() async throws {
        let server = try ScriptedServer { _, request in
            request["range"] == nil
                ? .answer(200, body: Self.text)
                : Self.raw("206 Partial\r\nContent-Length: 2\r\nContent-Range: bytes 0-1/10", "01")
        }
        let part = try await ScriptedStore(server).store.get(Self.key, range: 2..<5, maximumByteCount: 100)
        #expect(part.array == Array("234".utf8))
        #expect(server.requests.map { $0["range"] } == ["bytes=2-4", nil])
    }

    @Test(
        arguments: [
            ("206 Partial\r\nContent-Length: 2\r\nContent-Range: bytes 0-1/10", "01", .malformedAnswer),
            ("206 Partial\r\nContent-Length: 2", "23", .malformedAnswer),
            ("200 OK", "0123", .malformedAnswer),
            ("200 OK\r\nContent-Length: 4", "0123", .damaged),
        ] as [(String, String, ObjectStoreError.Code)])
    func onlyAWholeThatIsTooShortIsDamage(
        _ head: String, _ body: String, _ expected: ObjectStoreError.Code
    ) async throws {
        let scripted = try ScriptedStore([Self.raw(head, body)])
        #expect(
            await code { () throws(ObjectStoreError) in
                try await scripted.store.get(Self.key, range: 2..<5, maximumByteCount: 100)
            } == expected)
    }

    /// Caches change a range on its way, and whatever stands before a service may look at who asks.
    @Test func onlyWhatMustBeSignedIs() async throws {
        let scripted = try ScriptedStore([.answer(200, body: Self.text)])
        _ = try await scripted.store.get(Self.key, range: 2..<5, maximumByteCount: 100)
        let request = try #require(scripted.server.requests.first)
        #expect(request["range"] == "bytes=2-4" && request["user-agent"] == "photobackup")
        #expect(
            request["authorization"]?.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date,") == true)
        _ = await code { () throws(ObjectStoreError) in
            try await scripted.store.put(ObjectKey("links/a/index.html")!, [1])
        }
        let put = try #require(scripted.server.requests.last { $0.method == "PUT" })
        #expect(put["cache-control"] != nil && put["authorization"]?.contains("cache-control") == false)
        #expect(put["authorization"]?.contains("SignedHeaders=content-type;host;") == true)
    }

    @Test func aLengthThatHeadDoesNotTellIsReadAndATimeIsNotNeeded() async throws {
        let server = try ScriptedServer { _, request in
            request.method == "HEAD"
                ? Self.raw("200 OK\r\nETag: \"e\"", "")
                : Self.raw("206 Partial\r\nContent-Length: 1\r\nContent-Range: bytes 0-0/10", "0")
        }
        let info = try await ScriptedStore(server).store.head(Self.key)
        #expect(info.byteCount == 10 && info.modified == ObjectInfo.unknownTime)
    }
}
