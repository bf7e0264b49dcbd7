import Crypto
import ObjectStore
import ServerTesting
import Testing

@testable import S3

@Suite struct TransportFaultTests {
    private let key = ObjectKey("packs/aa/1")!
    private let reset = ScriptedServer.Reply.raw(
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", reset: true)
    private let short = ScriptedServer.Reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    private func get(_ scripted: ScriptedStore, range: Range<Int>? = nil) async throws(ObjectStoreError)
        -> [UInt8]
    {
        try await scripted.store.get(key, range: range, maximumByteCount: 1000).array
    }

    @Test func anAnswerCutShortIsAskedForAgain() async throws {
        let scripted = try ScriptedStore([reset, short, .answer(200, body: "0123456789")])
        #expect(try await get(scripted) == Array("0123456789".utf8))
        #expect(scripted.server.requests.count == 3)
    }

    @Test func anAnswerThatIsAlwaysCutShortFails() async throws {
        for reply in [reset, short] {
            let scripted = try ScriptedStore([reply])
            #expect(
                await code { () throws(ObjectStoreError) in try await get(scripted) } == .connectionFailed)
            #expect(scripted.server.requests.count == 5)
        }
    }

    @Test func whatIsNotHTTPIsMalformed() async throws {
        let scripted = try ScriptedStore([.raw("SSH-2.0-OpenSSH_9.2\r\n")])
        #expect(await code { () throws(ObjectStoreError) in try await get(scripted) } == .malformedAnswer)
    }

    @Test func anEnormousAnswerIsNotTaken() async throws {
        let scripted = try ScriptedStore([
            .raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n"
                    + String(repeating: "x", count: 4096))
        ])
        #expect(await code { () throws(ObjectStoreError) in try await get(scripted) } == .damaged)
        #expect(scripted.server.requests.count == 1)
    }

    @Test func anErrorsEndlessBodyIsNotTaken() async throws {
        let page =
            "<Error><Code>AccessDenied</Code><Message>\u{1b}[31m" + String(repeating: "m", count: 1 << 20)
        let scripted = try ScriptedStore([.answer(403, headers: [("Date", ScriptedStore.date)], body: page)])
        let error = await failure { () throws(ObjectStoreError) in try await get(scripted) }
        #expect(error?.code == .accessDenied)
        #expect(error?.reason.utf8.count ?? 0 < 400)
        #expect(error?.reason.contains("\u{1b}") == false)
        #expect(scripted.store.statistics.bytesReceived < 1 << 20)
    }

    @Test func aRangeMayBeAnsweredWithTheWhole() async throws {
        let scripted = try ScriptedStore([.answer(200, body: "0123456789")])
        #expect(try await get(scripted, range: 2..<5) == Array("234".utf8))
        #expect(
            await code { () throws(ObjectStoreError) in try await get(scripted, range: 8..<11) } == .damaged)
    }

    @Test("rclone GHSA-8mxv-9xhp-86h4: redirects are not followed", arguments: [301, 302, 307, 308])
    func redirectsAreNotFollowed(_ status: Int) async throws {
        let other = try ScriptedServer([.answer(200, body: "stolen")])
        let scripted = try ScriptedStore([
            .answer(status, headers: [("Location", other.endpoint + "/photos/packs/aa/1")])
        ])
        let error = await code { () throws(ObjectStoreError) in try await get(scripted) }
        #expect(error == .redirected)
        #expect(other.requests.isEmpty)
        #expect(scripted.server.requests.map(\.method) == ["GET", "HEAD"])
    }

    @Test func cancellingEndsTheTransfer() async throws {
        try await confirmation { isGone in
            let (begun, begin) = AsyncStream<Void>.makeStream()
            let (ended, end) = AsyncStream<Void>.makeStream()
            let server = try ScriptedServer(onClientGone: { end.finish() }) { _, _ in
                begin.finish()
                return .silence
            }
            let scripted = try ScriptedStore(server)
            let key = key
            let task = Task {
                await code { () throws(ObjectStoreError) in try await scripted.store.head(key) }
            }
            for await _ in begun {}
            task.cancel()
            #expect(await task.value == .cancelled)
            for await _ in ended {}
            isGone()
        }
    }

    @Test func aStalledTransferTimesOut() async throws {
        let server = try ScriptedServer([.silence])
        let scripted = try ScriptedStore(server, stall: .seconds(1), policy: RetryPolicy(maximumAttempts: 1))
        #expect(await code { () throws(ObjectStoreError) in try await get(scripted) } == .timedOut)
    }

    @Test func theEndOfAStoreClosesItsConnections() async throws {
        let (ended, end) = AsyncStream<Void>.makeStream()
        let answer = ScriptedServer.Reply.kept("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
        let server = try ScriptedServer(onClientGone: { end.finish() }, reply: { _, _ in answer })
        do {
            let scripted = try ScriptedStore(server)
            try await scripted.store.delete(key)
        }
        for await _ in ended {}
        #expect(server.requests.count == 1)
    }
}
