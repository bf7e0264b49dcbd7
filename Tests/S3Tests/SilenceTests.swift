import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// A transfer on which nothing moves is sent again on another connection, once.
@Suite struct SilenceTests {
    private let key = ObjectKey("packs/aa/1")!

    @Test func patienceIsFourTimesWhatNineOfTenNeverReach() {
        var watch = SilenceWatch()
        for _ in 0..<9 { watch.record(.seconds(1)) }
        #expect(watch.patience == nil)
        watch.record(.seconds(60))
        #expect(watch.patience == .seconds(240))
        for _ in 0..<54 { watch.record(.seconds(1)) }
        #expect(watch.patience == .seconds(4))
        for _ in 0..<64 { watch.record(.milliseconds(3)) }
        #expect(watch.patience == .seconds(2))
    }

    @Test func aByteEndsASilence() {
        let start = ContinuousClock.now
        var silence = Silence(at: start)
        #expect(silence.observe(movedByteCount: 0, at: start + .seconds(3)) == .seconds(3))
        #expect(silence.observe(movedByteCount: 1, at: start + .seconds(4)) == .zero)
        #expect(silence.observe(movedByteCount: 1, at: start + .seconds(6)) == .seconds(2))
        #expect(silence.longest == .seconds(4))
    }

    /// Ten answers tell how fast the provider is; the eleventh never comes, or stops in its middle.
    @Test(arguments: [true, false])
    func aSilentRequestIsSentAgain(begins: Bool) async throws {
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: \"e\"\r\n"
        let server = try ScriptedServer { index, _ in
            if index == 10 { return begins ? .kept(whole + "\r\na") : .silence }
            return .raw(whole + "Connection: close\r\n\r\nabc")
        }
        let scripted = try ScriptedStore(server)
        for _ in 0..<11 {
            #expect(try await scripted.store.get(key, maximumByteCount: 3).array == Array("abc".utf8))
        }
        #expect(server.requests.count == 12)
        #expect(scripted.waited.isEmpty)
    }

    @Test func aSilentPutIsSentAgainWhole() async throws {
        let server = try ScriptedServer { index, _ in
            index == 10 ? .silence : .answer(200, headers: [("ETag", "\"e\"")], body: "abc")
        }
        let scripted = try ScriptedStore(server)
        for _ in 0..<10 { _ = try await scripted.store.get(key, maximumByteCount: 3) }
        scripted.store.trust()
        try await scripted.store.put(key, [1, 2, 3, 4])
        #expect(
            server.requests[10...].map { "\($0.method) \($0["content-length"] ?? "")" } == [
                "PUT 4", "PUT 4",
            ])
    }
}
