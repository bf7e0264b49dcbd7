import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// What answers is not the service that was meant, but says 200.
@Suite struct MisaddressedTests {
    private let key = ObjectKey("packs/aa/1")!

    @Test("git-annex: a console answered 200 to every PUT; an ETag is wanted")
    func aPutWithoutAnETagIsNotBelieved() async throws {
        let scripted = try ScriptedStore([.answer(200)])
        let error = await failure { () throws(ObjectStoreError) in
            try await scripted.store.put(key, [1, 2, 3])
        }
        #expect(error?.code == .malformedAnswer)
        #expect(error?.hint?.contains(scripted.server.endpoint) == true)
        #expect(scripted.server.requests.count == 1)
    }

    @Test func aWebPageIsAnAnswerToNothing() async throws {
        let scripted = try ScriptedStore([.webPage])
        let store = scripted.store
        #expect(
            await code { () throws(ObjectStoreError) in try await store.put(key, [1]) } == .malformedAnswer)
        #expect(
            await code { () throws(ObjectStoreError) in try await store.get(key, maximumByteCount: 1000) }
                == .malformedAnswer)
        #expect(await code { () throws(ObjectStoreError) in try await store.delete(key) } == .malformedAnswer)
        // Of a head there are no bytes to judge by: what has no ETag is no object's.
        let bare = try ScriptedStore([
            .answer(200, headers: [("Content-Type", "text/html")], body: "<html><body>Welcome</body></html>")
        ])
        let found = await code { () throws(ObjectStoreError) in try await bare.store.head(key) }
        #expect(found == .malformedAnswer)
        #expect(
            await code { () throws(ObjectStoreError) in try await store.list(prefix: "", continuing: nil) }
                == .malformedAnswer)
    }

    @Test func aWebPageThatSaysNotFoundDoesNotMeanThatNothingIsThere() async throws {
        let scripted = try ScriptedStore([
            .answer(404, headers: [("Content-Type", "text/html")], body: "<html>Not Found</html>")
        ])
        let store = scripted.store
        #expect(
            await code { () throws(ObjectStoreError) in try await store.get(key, maximumByteCount: 1) }
                == .malformedAnswer)
        #expect(await code { () throws(ObjectStoreError) in try await store.head(key) } == .malformedAnswer)
        #expect(await code { () throws(ObjectStoreError) in try await store.delete(key) } == .malformedAnswer)
    }

    /// Answers like a bucket, whatever is asked for.
    private func server(length: Int, content: String) throws -> ScriptedServer {
        try ScriptedServer { _, request in
            let headers = [
                ("ETag", "\"e\""), ("x-amz-request-id", "1"), ("Last-Modified", ScriptedStore.date),
            ]
            return switch request.method {
            case "PUT": .answer(200, headers: headers)
            case "HEAD": .answer(200, headers: headers + [("Content-Length", "\(length)")])
            default: .answer(200, headers: headers, body: content)
            }
        }
    }

    @Test("git-annex: a console answered 200 to every PUT; the first write is read back and compared")
    func theFirstPutIsReadBackAndCompared() async throws {
        let bytes = Array("0123456789".utf8)
        for (length, content) in [(9, "0123456789"), (10, "012345678x"), (10, "01234")] {
            let scripted = try ScriptedStore(server(length: length, content: content))
            for _ in 0..<2 {
                let error = await failure { () throws(ObjectStoreError) in
                    try await scripted.store.put(key, bytes)
                }
                #expect([.malformedAnswer, .damaged].contains(error?.code))
            }
            #expect(scripted.server.requests.filter { $0.method == "PUT" }.count == 2)
        }
        let forgetful = try ScriptedServer { _, request in
            request.method == "PUT" ? .answer(200, headers: [("ETag", "\"e\"")]) : .error(404, "NoSuchKey")
        }
        let store = try ScriptedStore(forgetful).store
        #expect(
            await code { () throws(ObjectStoreError) in try await store.put(key, bytes) } == .malformedAnswer)
        let honest = try ScriptedStore(server(length: 10, content: "0123456789"))
        for _ in 0..<3 { try await honest.store.put(key, bytes) }
        #expect(honest.server.requests.map(\.method) == ["PUT", "HEAD", "GET", "PUT", "PUT"])
    }

    @Test func everyPutCarriesItsHashAndLength() async throws {
        let scripted = try ScriptedStore([.answer(200)])
        _ = await failure { () throws(ObjectStoreError) in
            try await scripted.store.put(key, Array("abc".utf8))
        }
        let request = try #require(scripted.server.requests.first)
        // FIPS 180-4's example.
        #expect(
            request["x-amz-content-sha256"]
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(request["content-length"] == "3")
        #expect(
            request["expect"] == nil && request["content-type"] == nil && request["transfer-encoding"] == nil)
    }
}
