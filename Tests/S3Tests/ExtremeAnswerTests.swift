import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// Whatever is answered, each call of a store ends, with an error that names the provider or with something that can be:
/// a trap would end these tests.
@Suite struct ExtremeAnswerTests {
    private static let key = ObjectKey("packs/1")!

    /// Every kind of request that a store sends.
    private static let calls:
        [(name: String, run: @Sendable (S3Store) async throws(ObjectStoreError) -> Void)] = [
            ("put", { store throws(ObjectStoreError) in try await store.put(key, [1, 2, 3]) }),
            (
                "get",
                { store throws(ObjectStoreError) in _ = try await store.get(key, maximumByteCount: 1000) }
            ),
            (
                "get a range",
                { store throws(ObjectStoreError) in
                    let bytes = try await store.get(key, range: 2..<5, maximumByteCount: 3)
                    #expect(bytes.count == 3)
                }
            ),
            (
                "digest",
                { store throws(ObjectStoreError) in
                    _ = try await store.digest(of: key, maximumByteCount: 1000)
                }
            ),
            (
                "head",
                { store throws(ObjectStoreError) in
                    let info = try await store.headWithChecksum(key)
                    #expect((0...ObjectInfo.greatestByteCount).contains(info.byteCount))
                    #expect(
                        ObjectInfo.times.contains(info.modified) || info.modified == ObjectInfo.unknownTime)
                }
            ),
            (
                "list",
                { store throws(ObjectStoreError) in
                    let objects = try await store.list(prefix: "", continuing: nil).objects
                    #expect(objects.allSatisfy { (0...ObjectInfo.greatestByteCount).contains($0.byteCount) })
                    // What every caller does with them.
                    _ = objects.reduce(0) { $0 + $1.byteCount }
                }
            ),
            ("ask for a listing", { store throws(ObjectStoreError) in try await store.requireListing() }),
            ("delete for good", { store throws(ObjectStoreError) in _ = try await store.deleteForGood(key) }),
            ("details", { store throws(ObjectStoreError) in _ = try await store.availability(key) }),
            ("lock", { store throws(ObjectStoreError) in try await store.lock(key, until: .max) }),
            ("thaw", { store throws(ObjectStoreError) in try await store.requestRestore(key, days: 1) }),
            ("ask for the time", { store throws(ObjectStoreError) in _ = try await store.clockDifference() }),
            (
                "presign",
                { store throws(ObjectStoreError) in
                    _ = try await store.presignedAddress(of: key, seconds: 60)
                }
            ),
        ]

    /// Runs every call against a server that always answers this; each has its own store, that remembers nothing.
    private func call(_ reply: ScriptedServer.Reply, _ what: String) async throws {
        var policy = RetryPolicy.correctingClocks
        policy.maximumAttempts = 2
        let server = try ScriptedServer { _, _ in reply }
        for call in Self.calls {
            let store = try ScriptedStore(server, policy: policy).store
            let error = await failure { () throws(ObjectStoreError) in try await call.run(store) }
            if let error {
                #expect(error.store == "scripted", "\(call.name): \(what)")
                #expect(error.reason.utf8.count < 5000, "\(call.name): \(what): \(error.reason.prefix(500))")
            }
        }
    }

    @Test(arguments: Extremes.headers.map(\.name), [200, 206, 403, 503])
    func headers(_ name: String, _ status: Int) async throws {
        let values = try #require(Extremes.headers.first { $0.name == name }).values
        for value in values {
            let reply = ScriptedServer.Reply.raw(
                "HTTP/1.1 \(status) Said\r\nConnection: close\r\nETag: \"e\"\r\n\(name): \(value)\r\n\r\nabc")
            try await call(reply, "\(name): \(value.prefix(100))")
        }
    }

    @Test(arguments: Extremes.listings.indices)
    func listings(_ index: Int) async throws {
        try await call(
            .answer(200, body: Extremes.listings[index]), "\(Extremes.listings[index].prefix(200))")
    }

    @Test(arguments: [301, 400, 403, 404, 503])
    func errors(_ status: Int) async throws {
        for body in Extremes.errorBodies {
            for date in Extremes.httpDates.prefix(3) {
                try await call(
                    .answer(status, headers: [("Date", date)], body: body), "\(status) \(body.prefix(100))")
            }
        }
    }

    /// Interim answers and headers without end.
    @Test func aHeadWithoutEnd() async throws {
        let head = String(repeating: "X-Padding: \(String(repeating: "p", count: 4000))\r\n", count: 200)
        try await call(.raw("HTTP/1.1 200 OK\r\n\(head)\r\n"), "a head of 800 kB")
        let interim = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 40_000)
        try await call(.raw("\(interim)HTTP/1.1 204 No\r\n\r\n"), "40,000 interim answers")
    }
}
