import Crypto
import ObjectStore
import S3Signer
import ServerTesting
import Testing

@testable import S3

/// What a provider, or what stands before it, was seen to answer, and what the program makes of it.
struct SeenRefusal: CustomTestStringConvertible, Sendable {
    enum Request { case put, get, delete, list }

    let row: String
    let status: Int
    var code = ""
    var message = ""
    /// In place of an XML answer.
    var page: String?
    var request = Request.put
    var addressing = S3Addressing.path
    var lockDays: Int?
    var storageClass: String?
    let expected: ObjectStoreError.Code
    let reason: String
    var hint = ""

    var testDescription: String { "\(row): \(status) \(code) \(message.prefix(40))" }

    static let all: [SeenRefusal] = [
        .init(
            row: "proxy wants a password", status: 407,
            page: "<title>407 Proxy Authentication Required</title>",
            expected: .accessDenied, reason: "the proxy wants", hint: "https_proxy"),
        .init(
            row: "http where https is spoken", status: 400,
            page: "<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>",
            expected: .malformedAnswer, reason: "speaks https", hint: "write https://"),
        .init(
            row: "http where https is spoken", status: 400,
            page: "Client sent an HTTP request to an HTTPS server.\n",
            expected: .malformedAnswer, reason: "speaks https", hint: "write https://"),
        .init(
            row: "https wanted", status: 403, code: "AccessDenied",
            message: "explicit deny: aws:SecureTransport is false", expected: .accessDenied,
            reason: "not encrypted", hint: "write https://"),
        .init(
            row: "user agent", status: 403, code: "AccessDenied", message: "Bad User-Agent",
            expected: .accessDenied,
            reason: "refuses this program's User-Agent", hint: "let the User-Agent photobackup pass"),
        .init(
            row: "no object lock", status: 400, code: "InvalidRequest",
            message: "Bucket is missing ObjectLockConfiguration", lockDays: 3, expected: .unsupported,
            reason: "made without object lock", hint: "take lock_days out"),
        .init(
            row: "locked", status: 400, code: "InvalidRequest",
            message: "Object is WORM protected and cannot be overwritten",
            request: .delete, expected: .accessDenied, reason: "the object is locked",
            hint: "when its lock has ended"),
        .init(
            row: "locked", status: 403, code: "AccessDenied",
            message: "Access Denied because object protected by object lock.", request: .delete,
            expected: .accessDenied, reason: "the object is locked", hint: "when its lock has ended"),
        .init(
            row: "lock refused", status: 400, code: "InvalidRequest", lockDays: 3, expected: .unsupported,
            reason: "asks for a lock", hint: "provider probe scripted"),
        .init(
            row: "storage class", status: 400, code: "InvalidStorageClass", storageClass: "GLACIER",
            expected: .unsupported, reason: "no storage class GLACIER",
            hint: "take storage_class = \"GLACIER\" out"),
        .init(
            row: "storage class", status: 501, code: "NotImplemented",
            message: "Storage class GLACIER is not supported", storageClass: "GLACIER",
            expected: .unsupported,
            reason: "no storage class GLACIER", hint: "take storage_class = \"GLACIER\" out"),
        .init(
            row: "path style", status: 403, code: "SecondLevelDomainForbidden",
            message: "Please use virtual hosted style to access.", expected: .unsupported,
            reason: "in the path",
            hint: "addressing = \"virtual\""),
        .init(
            row: "path style", status: 400, code: "InvalidArgument", message: "Path-style access is disabled",
            expected: .unsupported, reason: "in the path", hint: "addressing = \"virtual\""),
        .init(
            row: "condition", status: 412, code: "PreconditionFailed", expected: .alreadyExists,
            reason: "there already"),
        .init(
            row: "clock", status: 403, code: "RequestTimeTooSkewed", expected: .clockSkewed,
            reason: "too far apart",
            hint: "set this machine's clock"),
        .init(
            row: "no access key", status: 400, code: "AuthorizationHeaderMalformed",
            message: "a non-empty Access Key (AKID) must be provided in the credential.",
            expected: .credentialsRefused, reason: "no access key", hint: "check the access key id"),
        .init(
            row: "region", status: 400, code: "AuthorizationHeaderMalformed",
            message: "the region 'us-east-1' is wrong; expecting 'us-east-1'", expected: .wrongRegion,
            reason: "another region", hint: "set region to us-east-1"),
        .init(
            row: "region", status: 400, code: "IllegalLocationConstraintException", expected: .wrongRegion,
            reason: "another region", hint: "check endpoint and region"),
        .init(
            row: "ended key", status: 403, code: "AccessDenied", message: "The provided token has expired.",
            expected: .credentialsRefused, reason: "has ended", hint: "credential_process"),
        .init(
            row: "ended key", status: 400, code: "ExpiredTokenException", expected: .credentialsRefused,
            reason: "has ended", hint: "credential_process"),
        .init(
            row: "unknown key", status: 403, code: "InvalidAccessKeyId", expected: .credentialsRefused,
            reason: "the access key is refused", hint: "check the access key id"),
        .init(
            row: "unknown key", status: 403, code: "InvalidTokenId", expected: .credentialsRefused,
            reason: "the access key is refused", hint: "check the access key id"),
        .init(
            row: "wrong secret", status: 403, code: "SignatureDoesNotMatch", expected: .signatureRefused,
            reason: "the signature is refused", hint: "check the secret access key"),
        .init(
            row: "encryption key", status: 403, code: "AccessDenied",
            message: "not authorized to perform: kms:GenerateDataKey", expected: .accessDenied,
            reason: "encryption key", hint: "kms:GenerateDataKey"),
        .init(
            row: "spending cap", status: 403, code: "AccessDenied",
            message: "Cannot download file, download bandwidth or transaction (Class B) cap exceeded.",
            request: .get,
            expected: .accessDenied, reason: "cap on spending", hint: "raise the cap"),
        .init(
            row: "account", status: 403, code: "UserDisable", expected: .accessDenied,
            reason: "closed the account",
            hint: "its bills"),
        .init(
            row: "account", status: 403, code: "AccessDenied", message: "The account is suspended",
            expected: .accessDenied, reason: "closed the account", hint: "its bills"),
        .init(
            row: "no bucket", status: 404, code: "NoSuchBucket", request: .list, expected: .containerNotFound,
            reason: "the bucket does not exist", hint: "create the bucket photos"),
        .init(
            row: "bucket name", status: 400, code: "InvalidBucketName", expected: .containerNotFound,
            reason: "no bucket of that name", hint: "correct the name of the bucket photos"),
        .init(
            row: "no object", status: 404, code: "NoSuchKey", request: .get, expected: .notFound,
            reason: "no such object"),
        .init(
            row: "cold", status: 403, code: "InvalidObjectState", request: .get, expected: .inColdStorage,
            reason: "in cold storage", hint: "restore --wait"),
        .init(
            row: "returning", status: 409, code: "RestoreAlreadyInProgress", request: .get,
            expected: .inColdStorage,
            reason: "on its way back", hint: "restore --wait"),
        .init(
            row: "incomplete body", status: 400, code: "IncompleteBody", expected: .connectionFailed,
            reason: "did not arrive whole"),
        .init(row: "too early", status: 425, expected: .throttled, reason: "try again later"),
        .init(
            row: "conflict", status: 409, code: "OperationAborted", expected: .serverFailed,
            reason: "a conflict"),
        .init(
            row: "other bytes", status: 400, code: "BadDigest",
            message: "The Content-MD5 you specified did not match what we received.", expected: .damaged,
            reason: "other bytes"),
        .init(
            row: "other bytes", status: 400, code: "XAmzContentChecksumMismatch",
            message: "The provided 'x-amz-checksum' header does not match what was computed.",
            expected: .damaged, reason: "other bytes"),
        .init(
            row: "other bytes", status: 400, code: "InvalidDigest", expected: .damaged, reason: "other bytes"),
        .init(
            row: "too large", status: 413, page: "<html><title>413 Request Entity Too Large</title></html>",
            expected: .unsupported, reason: "no object of 3 bytes", hint: "client_max_body_size"),
        .init(
            row: "too large", status: 400, code: "EntityTooLarge", expected: .unsupported,
            reason: "no object of 3 bytes", hint: "raise its limit"),
        .init(
            row: "request timeout", status: 408, expected: .timedOut, reason: "waited too long"),
        .init(
            row: "slow down", status: 503, code: "SlowDownWrite", expected: .throttled, reason: "slow down"),
        .init(
            row: "redirect", status: 307, expected: .redirected, reason: "redirects to another address",
            hint: "check endpoint and region"),
        .init(
            row: "not implemented with a lock or a class", status: 501, code: "NotImplemented",
            message: "A header you provided implies functionality that is not implemented",
            storageClass: "GLACIER",
            expected: .unsupported, reason: "something that the request asks for",
            hint: "lock_days and storage_class"),
        .init(
            row: "not implemented", status: 501, code: "NotImplemented", expected: .unsupported,
            reason: "cannot do this"),
        .init(
            row: "firewall", status: 403, page: "<html><title>403 Forbidden</title></html>",
            expected: .accessDenied,
            reason: "something before the provider", hint: "a proxy or a firewall"),
        .init(
            row: "may not delete", status: 403, code: "AccessDenied", request: .delete,
            expected: .accessDenied,
            reason: "may not delete", hint: "prune_profile"),
        .init(
            row: "access denied", status: 403, code: "AccessDenied", expected: .accessDenied,
            reason: "access denied",
            hint: "write to the bucket photos (s3:PutObject)"),
        .init(
            row: "access denied", status: 403, code: "AccessDenied", request: .list, expected: .accessDenied,
            reason: "access denied", hint: "list the bucket photos (s3:ListBucket)"),
        .init(
            row: "access denied", status: 403, code: "AccessDenied",
            message: "User: x is not authorized to perform: s3:PutObjectTagging on resource",
            expected: .accessDenied,
            reason: "access denied", hint: "do s3:PutObjectTagging in the bucket photos"),
        .init(
            row: "page", status: 404, page: "<html><title>Not here</title></html>",
            expected: .malformedAnswer,
            reason: "a web page answered (HTTP 404, Not here)", hint: "is the S3 address"),
        .init(row: "not found", status: 404, request: .get, expected: .notFound, reason: "no such object"),
        .init(row: "range", status: 416, request: .get, expected: .damaged, reason: "shorter than the range"),
        .init(row: "server failed", status: 599, expected: .serverFailed, reason: "the provider failed"),
        .init(
            row: "anything else", status: 400, code: "InvalidArgument", expected: .malformedAnswer,
            reason: "refused the request", hint: "is the S3 address"),
    ]

    /// How servers say that there is no room: each has a name of its own.
    static let noRoom: [SeenRefusal] =
        ([
            (403, "QuotaExceeded", ""),
            (507, "XMinioStorageFull", "Storage backend has reached its minimum free"),
            (400, "XMinioAdminBucketQuotaExceeded", "Bucket quota exceeded"), (507, "", ""),
            (
                403, "AccessDenied",
                "Cannot upload files, storage cap exceeded. See the Caps &amp; Alerts page."
            ),
            (403, "StorageCapExceeded", ""), (403, "StorageQuotaExceeded", ""),
            (400, "ServiceQuotaExceededException", ""),
            (403, "StorageLimitExceeded", ""), (507, "InsufficientStorage", ""),
            (403, "BucketFullException", ""),
            (500, "InternalError", "write /data: no space left on device"),
        ] as [(Int, String, String)]).map { status, code, message in
            SeenRefusal(
                row: "no room", status: status, code: code, message: message, expected: .outOfSpace,
                reason: "no room left", hint: "raise the quota")
        }
}

@Suite struct RefusalTests {
    private func store(_ server: ScriptedServer, for seen: SeenRefusal) throws -> S3Store {
        try S3Store(
            S3Configuration(
                name: "scripted", endpoint: server.endpoint, region: "us-east-1", bucket: "photos",
                addressing: seen.addressing, lockDays: seen.lockDays,
                storageClass: seen.storageClass.map { .init($0, prefix: "packs/") },
                credentials: { ScriptedStore.credentials }),
            policy: RetryPolicy(),
            environment: RetryEnvironment(now: { ScriptedStore.now }, random: { 0 }, sleep: { _ in }))
    }

    private func answer(_ seen: SeenRefusal) -> ScriptedServer.Reply {
        if let page = seen.page {
            return .answer(
                seen.status,
                headers: [
                    ("Content-Type", page.contains("<") ? "text/html" : "text/plain"),
                    ("Date", ScriptedStore.date),
                ],
                body: page)
        }
        let body =
            seen.code.isEmpty && seen.message.isEmpty
            ? "" : "<Error><Code>\(seen.code)</Code><Message>\(seen.message)</Message></Error>"
        return .answer(
            seen.status, headers: [("Content-Type", "application/xml"), ("Date", ScriptedStore.date)],
            body: body)
    }

    private func failure(of store: S3Store, _ request: SeenRefusal.Request) async -> ObjectStoreError? {
        let key = ObjectKey("packs/aa/1")!
        return await S3Tests.failure { () throws(ObjectStoreError) in
            switch request {
            case .put: try await store.put(key, [1, 2, 3])
            case .get: _ = try await store.get(key, maximumByteCount: 10)
            case .delete: try await store.delete(key)
            case .list: _ = try await store.list(prefix: "", continuing: nil)
            }
        }
    }

    @Test(arguments: SeenRefusal.all + SeenRefusal.noRoom)
    func aRefusalIsToldWithItsCure(_ seen: SeenRefusal) async throws {
        let server = try ScriptedServer([answer(seen)])
        let error = await failure(of: try store(server, for: seen), seen.request)
        #expect(error?.code == seen.expected)
        #expect(error?.reason.contains(seen.reason) == true, "\(error?.reason ?? "")")
        #expect(error?.hint?.contains(seen.hint) ?? seen.hint.isEmpty, "\(error?.hint ?? "no hint")")
        #expect(error?.hint?.contains("{") != true)
    }

    /// A row that no answer reaches is a cure that nobody is told.
    @Test func everyRowIsReached() {
        // These are reached by answers that are not last words: they are tried again with what was missing.
        let others: Set = ["checksum wanted", "virtual host"]
        let seen = Set((SeenRefusal.all + SeenRefusal.noRoom).map(\.row))
        #expect(Set(Refusal.table.map(\.name)).subtracting(others) == seen)
    }

    @Test(
        arguments: [
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
            "Content-MD5 HTTP header is required for Put Part requests with Object Lock parameters",
            "Missing required header for this request: Content-Md5.",
        ])
    func aBucketThatWantsAChecksumGetsOneFromThenOn(_ message: String) async throws {
        let server = try ScriptedServer { _, request in
            request["content-md5"] == nil
                ? .error(400, "InvalidRequest", "<Message>\(message)</Message>")
                : .answer(200, headers: [("ETag", "\"e\"")])
        }
        let scripted = try ScriptedStore(server)
        scripted.store.trust()
        try await scripted.store.put(ObjectKey("packs/aa/1")!, [1])
        try await scripted.store.put(ObjectKey("packs/aa/2")!, [2])
        #expect(
            server.requests.map { $0["content-md5"] } == [nil, MD5.hash([1]).base64, MD5.hash([2]).base64])
    }

    @Test(
        arguments: [
            (
                "unexpected scope: 20261128/us-east-1/s3/aws4_request, expected: 20261128/garage/s3/aws4_request",
                "garage"
            ),
            (
                "The authorization header is malformed; the region is wrong; expecting 'us-west-2'.",
                "us-west-2"
            ),
            (
                "The region name 'us-east-1' is not valid. Must be one of: wnam, enam, weur, eeur, apac, auto",
                "auto"
            ),
        ])
    func aRegionThatOnlyTheWordsTellIsTaken(_ message: String, _ region: String) async throws {
        let server = try ScriptedServer { _, request in
            request["authorization"]!.contains("/\(region)/s3/")
                ? .answer(204) : .error(400, "AuthorizationHeaderMalformed", "<Message>\(message)</Message>")
        }
        let scripted = try ScriptedStore(server)
        try await scripted.store.delete(ObjectKey("packs/aa/1")!)
        #expect(scripted.store.region == region)
        #expect(server.requests.count == 2)
    }

    @Test(arguments: [
        (
            "Received HTTP code 407 from proxy after CONNECT", "user name and a password",
            "http://USER:PASSWORD@HOST"
        ),
        ("CONNECT tunnel failed, response 407", "user name and a password", "http://USER:PASSWORD@HOST"),
        ("CONNECT tunnel failed, response 403", "lets nothing through", "no_proxy"),
    ])
    func aProxyIsNamed(_ message: String, _ reason: String, _ hint: String) throws {
        let meaning = TransferMeaning(.init(56), message, try Self.configuration())
        #expect(meaning.reason.contains(reason))
        #expect(meaning.hint?.contains(hint) == true)
    }

    @Test func aFileOfCertificatesThatIsNotThereIsNamed() async throws {
        let store = try S3Store(
            Self.configuration(endpoint: "https://127.0.0.1:9", caFile: "/nowhere/ca.pem"))
        // Where nobody listens, libcurl does not come to the file: its code is asked instead.
        let meaning = TransferMeaning(.init(77), "error setting certificate file", store.configuration)
        #expect(meaning.reason == "the file of certificates cannot be read")
        #expect(meaning.hint == "correct ca_file, which names /nowhere/ca.pem")
    }

    @Test func aBucketInTheHostNameThatIsRefusedIsNamed() throws {
        let configuration = try Self.configuration(addressing: .virtualHost)
        let context = FailureContext(configuration: configuration, object: nil, region: "us-east-1")
        var answer = ErrorAnswer()
        answer.message = "virtual-hosted addresses are disabled"
        let response = HTTPResponse(
            status: 400, headers: HTTPHeaders(), body: ObjectBytes([]), digest: nil, receivedByteCount: 0)
        #expect(Refusal.row(for: answer, response, context).hint.contains("addressing = \"path\""))
    }

    private static func configuration(
        endpoint: String = "https://s3.example.com", addressing: S3Addressing = .path, caFile: String? = nil
    ) throws -> S3Configuration {
        try S3Configuration(
            name: "x", endpoint: endpoint, region: "us-east-1", bucket: "photos", addressing: addressing,
            caFile: caFile, credentials: { ScriptedStore.credentials })
    }
}
