import Crypto
import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// A request without an answer: nobody is there, or somebody is slow.
@Suite struct SilentProviderTests {
    private let key = ObjectKey("packs/aa/1")!
    private let large = [UInt8](repeating: 7, count: 70_000)

    private func scripted(_ server: ScriptedServer) throws -> ScriptedStore {
        let scripted = try ScriptedStore(server, stall: .seconds(1))
        scripted.store.trust()
        return scripted
    }

    @Test func whoAnswersNothingAtAllIsLeftAlone() async throws {
        let server = try ScriptedServer([.silence])
        let store = try scripted(server).store
        func list() async -> ObjectStoreError.Code? {
            await code { () throws(ObjectStoreError) in try await store.list(prefix: "", continuing: nil) }
        }
        #expect(await list() == .timedOut)
        #expect(server.requests.map(\.method) == ["GET", "HEAD"])
        #expect(
            await code { () throws(ObjectStoreError) in try await store.put(key, [1]) } == .suspended)
        #expect(server.requests.count == 2)
        // In the next phase it is only asked whether it is back.
        store.beginPhase()
        for _ in 0..<2 { #expect(await list() == .suspended) }
        #expect(server.requests.map(\.method) == ["GET", "HEAD", "HEAD"])
    }

    @Test func whoIsBackIsAskedAgain() async throws {
        let server = try ScriptedServer { index, _ in index < 2 ? .silence : .answer(204) }
        let store = try scripted(server).store
        #expect(
            await code { () throws(ObjectStoreError) in try await store.delete(key) } == .timedOut)
        store.beginPhase()
        try await store.delete(key)
        #expect(server.requests.map(\.method) == ["DELETE", "HEAD", "HEAD", "DELETE"])
    }

    /// Others that wait for their turn must not be silent for as long again, one after the other.
    @Test func allRequestsOfADeadProviderEndAtOnce() async throws {
        let server = try ScriptedServer([.silence])
        let store = try scripted(server).store
        let codes = await withTaskGroup(of: ObjectStoreError.Code?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    await code { () throws(ObjectStoreError) in
                        try await store.delete(ObjectKey("packs/aa/\(number)")!)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(codes).isSubset(of: [.timedOut, .suspended]))
        // Most were never sent.
        #expect(store.statistics.requests < 40)
    }

    @Test func aSlowListingIsGivenMoreTimeOnceSomebodyIsThere() async throws {
        let server = try ScriptedServer { index, request in
            request.method == "HEAD"
                ? .answer(200) : index == 0 ? .silence : .listing("<IsTruncated>false</IsTruncated>")
        }
        let store = try scripted(server).store
        #expect(try await store.listAll(prefix: "") == [])
        #expect(server.requests.map(\.method) == ["GET", "HEAD", "GET"])
    }

    @Test func howLongAnAnswerIsWaitedForFollowsWhatThereIsToDo() {
        func patience(_ byteCount: Int?, key: String = "k", isPatient: Bool = false) -> [Duration] {
            var operation = S3Operation(method: byteCount == nil ? .get : .put, key: key, object: nil)
            operation.body = byteCount.map { ObjectBytes([UInt8](repeating: 0, count: $0)) }
            let patience = TransferPatience(for: operation, stall: .seconds(30), isPatient: isPatient)
            return [patience.stall, patience.answer]
        }
        let (short, long) = (Duration.seconds(30), Duration.seconds(180))
        #expect(patience(nil) == [short, short] && patience(nil, isPatient: true) == [short, short])
        #expect(patience(1) == [short, short] && patience(1, isPatient: true) == [short, long])
        #expect(patience(16 << 20) == [short, .seconds(46)])
        #expect(patience(nil, key: "") == [short, short])
        #expect(patience(nil, key: "", isPatient: true) == [short, long])
    }

    /// By HEAD: what was stored since the first attempt has arrived. What was there before may be damaged.
    @Test(
        arguments: [
            ("Fri, 15 Jan 2027 08:00:00 GMT", 70_000, true), ("Fri, 15 Jan 2027 07:00:00 GMT", 70_000, false),
            ("Fri, 15 Jan 2027 08:00:00 GMT", 69_999, false),
        ])
    func aPutIsLookedForBeforeItIsSentAgain(_ modified: String, _ length: Int, _ isIt: Bool) async throws {
        for refusal: ScriptedServer.Reply in [.silence, .answer(504), .raw("")] {
            let server = try ScriptedServer { index, request in
                let stored = ScriptedServer.Reply.answer(200, headers: [("ETag", "\"e\"")])
                guard request.method == "HEAD" else { return index == 0 ? refusal : stored }
                return .answer(
                    200,
                    headers: [
                        ("ETag", "\"e\""), ("Content-Length", "\(length)"), ("Last-Modified", modified),
                        ("Date", ScriptedStore.date),
                    ])
            }
            try await scripted(server).store.put(key, large)
            #expect(server.requests.map(\.method) == ["PUT", "HEAD"] + (isIt ? [] : ["PUT"]))
        }
    }

    @Test func eachPartOfConnectingHasItsLimit() {
        let watch = ConnectionWatch(timeouts: S3Configuration.Timeouts())
        #expect(watch.failure(.lookingUp, after: .seconds(19)) == nil)
        #expect(watch.failure(.lookingUp, after: .seconds(21)) != nil)
        // The second name server answered after 5 s, and the provider 4 s later.
        #expect(watch.failure(.connecting(since: .seconds(5)), after: .seconds(9)) == nil)
        #expect(watch.failure(.connecting(since: .seconds(5)), after: .seconds(11)) != nil)
        #expect(watch.failure(.connected, after: .seconds(3600)) == nil)
    }
}
