import Crypto
import ObjectStore
import S3Signer
import ServerTesting
import Synchronization
import Testing

@testable import S3

@Suite struct RetryPolicyTests {
    @Test func waitsDoubleUpToTheCeiling() {
        let policy = RetryPolicy()
        let longest = [0, 1, 2, 7, 8, 60].map { policy.delay(retry: $0, retryAfter: nil, random: 1) }
        #expect(
            longest == [
                .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(12_800),
                .seconds(20),
                .seconds(20),
            ])
        #expect(policy.delay(retry: 2, retryAfter: nil, random: 0.25) == .milliseconds(100))
        #expect(policy.delay(retry: 2, retryAfter: nil, random: 0) == .zero)
    }

    @Test func theProviderMayAskForMoreButNotForever() {
        let policy = RetryPolicy()
        #expect(policy.delay(retry: 0, retryAfter: .seconds(3), random: 1) == .seconds(3))
        #expect(policy.delay(retry: 9, retryAfter: .seconds(3), random: 1) == .seconds(20))
        #expect(policy.delay(retry: 0, retryAfter: .seconds(86_400), random: 1) == .seconds(60))
    }

    @Test func anEmptyBudgetStaysEmptyForThePhase() {
        let budget = RetryBudget()
        for _ in 0..<100 { #expect(budget.pay(RetryBudget.retryCost)) }
        #expect(!budget.isSuspended)
        #expect(!budget.pay(RetryBudget.retryCost))
        for _ in 0..<100 { budget.succeeded() }
        #expect(budget.isSuspended)
        budget.beginPhase()
        #expect(!budget.isSuspended)
        for _ in 0..<50 { #expect(budget.pay(RetryBudget.timeoutCost)) }
        #expect(!budget.pay(1))
    }

    @Test func successesGiveBackUpToTheCapacity() {
        let budget = RetryBudget()
        for _ in 0..<1000 { budget.succeeded() }
        #expect(budget.pay(RetryBudget.capacity))
        for _ in 0..<4 { budget.succeeded() }
        #expect(!budget.pay(RetryBudget.retryCost))
    }
}

@Suite struct RetryTests {
    private let key = ObjectKey("packs/aa/1")!
    private let deleted = ScriptedServer.Reply.answer(204)

    @Test func aBusyProviderIsAskedAgainAfterItsTime() async throws {
        let scripted = try ScriptedStore([
            .error(503, "SlowDown", headers: [("Retry-After", "3")]), .error(500, "InternalError"), deleted,
        ])
        try await scripted.store.delete(key)
        #expect(scripted.waited == [.seconds(3), .milliseconds(200)])
        #expect(scripted.store.statistics.requests == 3)
    }

    @Test func aProviderThatKeepsFailingIsGivenUp() async throws {
        let scripted = try ScriptedStore([.answer(503)])
        let error = await failure { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
        #expect(error?.code == .serverFailed)
        #expect(error?.isRetryable == true)
        #expect(scripted.server.requests.count == 5)
        #expect(scripted.waited == [100, 200, 400, 800].map { .milliseconds($0) })
    }

    @Test(
        arguments: [
            (403, "AccessDenied", .accessDenied), (403, "InvalidAccessKeyId", .credentialsRefused),
            (403, "SignatureDoesNotMatch", .signatureRefused), (404, "NoSuchBucket", .containerNotFound),
            (400, "InvalidArgument", .malformedAnswer), (501, "NotImplemented", .unsupported),
            (505, "HttpVersionNotSupported", .serverFailed), (507, "XMinioStorageFull", .outOfSpace),
            (409, "BucketNotEmpty", .serverFailed), (409, "InvalidBucketState", .serverFailed),
        ] as [(Int, String, ObjectStoreError.Code)])
    func whatStaysIsNotRetried(_ status: Int, _ word: String, _ expected: ObjectStoreError.Code) async throws
    {
        let scripted = try ScriptedStore([.error(status, word)])
        let error = await failure { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
        #expect(error?.code == expected)
        #expect(error?.isRetryable == false)
        #expect(error?.reason.contains(word) == true)
        #expect(scripted.server.requests.count == 1)
    }

    /// What stands before a service adds numbers of its own.
    @Test(
        arguments: [500, 502, 503, 504, 506, 508, 511, 520, 521, 522, 523, 524, 525, 527, 530, 599].map {
            ($0, nil)
        }
            + [
                (408, nil), (425, nil), (429, nil), (409, nil), (400, "IncompleteBody"),
                (400, "RequestTimeout"),
                (409, "OperationAborted"), (409, "ConcurrentModification"),
                (409, "ConditionalRequestConflict"),
                (400, "InternalError"),
            ] as [(Int, String?)])
    func whatPassesIsTriedAgain(_ status: Int, _ word: String?) async throws {
        let refusal =
            word.map { .error(status, $0) }
            ?? ScriptedServer.Reply.answer(
                status, headers: [("Content-Type", "text/html")], body: "<html>error code: \(status)</html>")
        let scripted = try ScriptedStore([refusal, .answer(200, headers: [("ETag", "\"e\"")])])
        scripted.store.trust()
        try await scripted.store.put(key, [1])
        let read = try ScriptedStore([refusal, .answer(200, body: "a")])
        #expect(try await read.store.get(key, maximumByteCount: 1).array == Array("a".utf8))
        #expect(scripted.server.requests.count == 2 && read.server.requests.count == 2)
    }

    @Test func aBodyThatSufferedIsSentOnceMore() async throws {
        let scripted = try ScriptedStore([.error(400, "BadDigest")])
        let error = await code { () throws(ObjectStoreError) in try await scripted.store.put(key, [1]) }
        #expect(error == .damaged)
        #expect(scripted.server.requests.count == 2)
    }

    @Test func expiredCredentialsAreAskedForAgainOnce() async throws {
        let asked = Mutex(0)
        let server = try ScriptedServer { _, request in
            request["authorization"]!.contains("Credential=KEY1/")
                ? .error(400, "ExpiredToken") : .answer(204)
        }
        let scripted = try ScriptedStore(server) {
            let number = asked.withLock { asked in
                asked += 1
                return asked
            }
            return S3Credentials(
                accessKeyID: "KEY\(number)", secretAccessKey: "secret", sessionToken: "token")
        }
        try await scripted.store.delete(key)
        try await scripted.store.delete(key)
        #expect(asked.withLock { $0 } == 2)
        #expect(server.requests.map { $0["x-amz-security-token"] } == ["token", "token", "token"])

        let refusing = try ScriptedStore([.error(400, "ExpiredToken")])
        #expect(
            await code { () throws(ObjectStoreError) in try await refusing.store.delete(key) }
                == .credentialsRefused)
        #expect(refusing.server.requests.count == 1)
    }

    @Test func credentialsThatCannotBeHadAreAnErrorOfTheirOwn() async throws {
        struct Locked: Error, CustomStringConvertible { let description = "the keychain is locked" }
        let server = try ScriptedServer([deleted])
        let scripted = try ScriptedStore(server) { throw Locked() }
        let error = await failure { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
        #expect(error?.code == .credentialsRefused)
        #expect(error?.reason == "no credentials: the keychain is locked")
        #expect(server.requests.isEmpty)
    }

    @Test func aWrongClockIsCorrectedOnceAndRemembered() async throws {
        // One day ahead of this machine; the first refusal is worded as servers have worded it.
        let ahead = "Sat, 16 Jan 2027 08:00:00 GMT"
        let server = try ScriptedServer([
            .answer(
                400, headers: [("Date", ahead)], body: "<Error><Code>AccessDenied</Code></Error>"), deleted,
        ])
        let scripted = try ScriptedStore(server, policy: .correctingClocks)
        #expect(scripted.store.clockOffset == 0)
        try await scripted.store.delete(key)
        try await scripted.store.delete(key)
        #expect(scripted.store.clockOffset == 86_400)
        #expect(
            scripted.server.requests.map { $0["x-amz-date"] } == [
                "20270115T080000Z", "20270116T080000Z", "20270116T080000Z",
            ])
        #expect(scripted.waited.isEmpty)
    }

    /// Requests that were on their way when another one corrected the clock are corrected too.
    @Test func aWrongClockIsCorrectedForAllRequestsAtOnce() async throws {
        let server = try ScriptedServer { _, request in
            request["x-amz-date"] == "20270116T080000Z"
                ? .answer(204)
                : .answer(
                    403, headers: [("Date", "Sat, 16 Jan 2027 08:00:00 GMT")],
                    body: "<Error><Code>AccessDenied</Code></Error>")
        }
        let store = try ScriptedStore(server, policy: .correctingClocks).store
        let keys = (0..<16).map { ObjectKey("packs/aa/\($0)")! }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in keys { group.addTask { try await store.delete(key) } }
            try await group.waitForAll()
        }
        #expect(store.clockOffset == 86_400)
    }

    @Test func aClockThatStaysWrongIsSaid() async throws {
        let scripted = try ScriptedStore([.error(403, "RequestTimeTooSkewed")])
        let error = await failure { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
        #expect(error?.code == .clockSkewed)
        #expect(scripted.server.requests.count == 1)
    }

    @Test func aDateAloneDoesNotTurnARefusalIntoAClock() async throws {
        let scripted = try ScriptedStore([
            .answer(
                403, headers: [("Date", "Fri, 15 Jan 2027 08:04:00 GMT")],
                body: "<Error><Code>AccessDenied</Code></Error>")
        ])
        #expect(
            await code { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
                == .accessDenied)
    }

    @Test func theRegionInTheErrorIsTakenAndRemembered() async throws {
        let scripted = try ScriptedStore([
            .error(400, "AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>"), deleted,
        ])
        try await scripted.store.delete(key)
        try await scripted.store.delete(key)
        #expect(scripted.store.region == "eu-central-1")
        let scopes = scripted.server.requests.map { $0["authorization"]!.split(separator: "/")[2] }
        #expect(scopes == ["us-east-1", "eu-central-1", "eu-central-1"])
    }

    @Test func theBucketIsAskedForItsRegion() async throws {
        let server = try ScriptedServer { index, request in
            switch (index, request.method) {
            case (0, _): .error(301, "PermanentRedirect")
            case (_, "HEAD"): .answer(301, headers: [("x-amz-bucket-region", "us-west-2")])
            default: .answer(204)
            }
        }
        let scripted = try ScriptedStore(server)
        try await scripted.store.delete(key)
        #expect(scripted.store.region == "us-west-2")
        #expect(server.requests.map(\.method) == ["DELETE", "HEAD", "DELETE"])
        #expect(server.requests[1].target == "/photos")
    }

    /// It would be part of the next request's header, and of a message.
    @Test(arguments: [
        "eu-central-1, Signature=0", "eu/central", "eu central", "", " ", "eu\u{e9}", "\u{202e}1-ue", "a\tb",
        String(repeating: "r", count: 65),
    ])
    func aRegionThatCanBeNoneIsNotSignedFor(region: String) async throws {
        let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>\(region)</Region></Error>"
        let inBody = try ScriptedStore([.answer(400, body: body)])
        let inHeader = try ScriptedStore([
            .error(301, "PermanentRedirect", headers: [("x-amz-bucket-region", region)])
        ])
        for scripted in [inBody, inHeader] {
            let error = await failure { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
            #expect(error?.code == .wrongRegion)
            #expect(scripted.store.region == "us-east-1")
            for request in scripted.server.requests {
                #expect(request["authorization"]?.contains("/us-east-1/s3/aws4_request, ") == true)
            }
            if region.count > 1 { #expect(error?.hint?.contains(region) != true) }
        }
    }

    @Test func aRegionThatStaysWrongIsSaid() async throws {
        let scripted = try ScriptedStore([
            .error(301, "PermanentRedirect", headers: [("x-amz-bucket-region", "eu-west-3")])
        ])
        let error = await failure { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
        #expect(error?.code == .wrongRegion)
        #expect(error?.hint?.contains("eu-west-3") == true)
        #expect(scripted.server.requests.count == 2)
    }

    @Test func aDeadProviderIsLeftAloneForThePhase() async throws {
        let scripted = try ScriptedStore([.answer(500)])
        var codes: [ObjectStoreError.Code?] = []
        for _ in 0..<26 {
            codes.append(await code { () throws(ObjectStoreError) in try await scripted.store.delete(key) })
        }
        #expect(codes.dropLast().allSatisfy { $0 == .serverFailed })
        #expect(codes.last == .suspended)
        let sent = scripted.server.requests.count
        #expect(
            await code { () throws(ObjectStoreError) in try await scripted.store.head(key) } == .suspended)
        #expect(scripted.server.requests.count == sent)
        scripted.store.beginPhase()
        #expect(
            await code { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
                == .serverFailed)
    }
}
