import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// Answers that never end: each ends here.
@Suite struct EndlessAnswerTests {
    private let key = ObjectKey("packs/aa/1")!

    private func page(_ names: [String], next: Int) -> ScriptedServer.Reply {
        .listing(
            names.map { "<Contents><Key>\($0)</Key><Size>1</Size></Contents>" }.joined()
                + "<IsTruncated>true</IsTruncated><NextContinuationToken>\(next)</NextContinuationToken>")
    }

    private func name(_ number: Int) -> String {
        let digits = String(number)
        return "packs/" + String(repeating: "0", count: 10 - digits.count) + digits
    }

    /// Each byte would end a silence.
    @Test(arguments: ["list", "get", "head"])
    func whatTricklesIsGivenUp(_ call: String) async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 100000\r\n"
        // Of a HEAD nothing but headers is taken.
        let reply = ScriptedServer.Reply.trickle(
            head: call == "head" ? "HTTP/1.1 200 OK\r\nX-Long:" : head + "\r\n", seconds: 0.1)
        let server = try ScriptedServer([reply])
        let store = try ScriptedStore(server, stall: .seconds(2)).store
        let error = await failure { () throws(ObjectStoreError) in
            switch call {
            case "list": _ = try await store.list(prefix: "", continuing: nil)
            case "get": _ = try await store.get(key, maximumByteCount: 1 << 20)
            default: _ = try await store.head(key)
            }
        }
        #expect(error?.code == .timedOut && error?.store == "scripted")
        #expect(error?.reason.contains("too slow") == true, "\(error?.reason ?? "")")
        // Whoever is so slow is left alone for the phase.
        #expect(await code { () throws(ObjectStoreError) in try await store.delete(key) } == .suspended)
        #expect(server.requests.count == 1)
    }

    @Test func pagesWithoutEndEnd() async throws {
        let server = try ScriptedServer { index, _ in
            page((0..<1000).map { name(1000 * index + $0) }, next: index + 1)
        }
        let store = try ScriptedStore(server).store
        let error = await failure { () throws(ObjectStoreError) in
            try await store.listAll(prefix: "packs/", limit: 10_000)
        }
        #expect(error?.code == .malformedAnswer && error?.store == "scripted")
        #expect(server.requests.count == 11)
    }

    @Test func pagesWithHardlyANameEnd() async throws {
        let server = try ScriptedServer { index, _ in page([name(index)], next: index + 1) }
        let store = try ScriptedStore(server).store
        let error = await failure { () throws(ObjectStoreError) in try await store.listAll(prefix: "packs/") }
        #expect(error?.code == .malformedAnswer)
        #expect(server.requests.count == ListEffort.shortPageLimit + 1)
    }

    @Test func aListingHasABoundInNamesAndInTime() throws {
        var effort = ListEffort()
        // Whole pages may take 10 s each for as long as they like.
        for _ in 0..<10_000 { effort = try effort.adding(names: 1000, taking: .seconds(10)) }
        #expect(ListEffort(effort.text) == effort)
        #expect(throws: MalformedXML.self) { _ = try effort.adding(names: 1000, taking: .seconds(140)) }
        #expect(throws: MalformedXML.self) { _ = try effort.adding(names: 7_000_000, taking: .zero) }
        // A short one is free.
        _ = try ListEffort().adding(names: 1, taking: .seconds(119))
    }

    @Test func aTransferMovesEnoughInEachWindow() {
        let start = ContinuousClock.now
        func moved(_ counts: [Int], isLimited: Bool = false) -> [Int?] {
            var pace = Pace(at: start)
            return counts.enumerated().map { place, count in
                pace.observe(
                    movedByteCount: count, at: start + .seconds(30 * (place + 1)), window: .seconds(30),
                    isLimited: isLimited)
            }
        }
        #expect(moved([15_360, 30_720, 40_000]) == [nil, nil, 9280])
        #expect(moved([480, 960, 961], isLimited: true) == [nil, nil, 1])
    }

    /// What a request may take follows what it moves.
    @Test func theDeadlineFollowsTheSize() {
        var operation = S3Operation(method: .get, key: "packs/aa/1", object: nil)
        operation.maximumByteCount = 20 << 20
        #expect(
            TransferPatience(for: operation, stall: .seconds(30), isPatient: false).total == .seconds(10_540))
        var listing = S3Operation(method: .get, key: "", object: nil)
        listing.maximumByteCount = 16 << 20
        #expect(TransferPatience(for: listing, stall: .seconds(30), isPatient: true).total == .seconds(300))
    }
}
