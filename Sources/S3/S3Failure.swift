internal import CCurl
internal import ObjectStore

/// Why one request failed, and what may help. This file is the only place that maps HTTP status, S3 error codes
/// and libcurl's codes to `ObjectStoreError`.
struct S3Failure: Error, Sendable {
    enum Remedy: Hashable, Sendable {
        case none
        /// The same request again, later.
        case retry(cost: Int, after: Duration?)
        /// The same request again, once, because the body may have suffered on its way.
        case retryOnce
        /// Signed for another region: the one given, or one to be asked for.
        case correctRegion(String?)
        /// Signed with the provider's time.
        case correctClock
        /// Signed with credentials asked for anew.
        case renewCredentials
    }

    let error: ObjectStoreError
    let remedy: Remedy

    init(_ error: ObjectStoreError, _ remedy: Remedy = .none) {
        self.error = error
        self.remedy = remedy
    }
}

/// What failures of one request are told of.
struct FailureContext: Sendable {
    let configuration: S3Configuration
    /// As messages name it.
    let object: String?
    /// The region that the request was signed for.
    let region: String

    func error(
        _ code: ObjectStoreError.Code, _ reason: String, hint: String? = nil, isRetryable: Bool = false
    ) -> ObjectStoreError {
        ObjectStoreError(
            code, store: configuration.name, object: object, reason: reason, hint: hint,
            isRetryable: isRetryable)
    }

    func malformed(_ reason: String) -> ObjectStoreError {
        error(
            .malformedAnswer, reason,
            hint:
                "check that \(configuration.endpoint) is the S3 address, and not a web console's or a proxy's"
        )
    }
}

// MARK: - Answers

extension S3Failure {
    /// How far the provider's clock and this machine's may be apart before that is taken for the cause.
    private static let suspiciousSkew: Int64 = 300

    /// - Parameter now: the time by which the request was signed.
    init(_ response: HTTPResponse, _ context: FailureContext, now: Int64) {
        let answer = response.body.withUnsafeBytes { ErrorAnswer($0) }
        // One server answers a wrong clock with "access denied": what the answer's date says decides.
        let skew =
            response.headers["date"].flatMap { Timestamp.parse(httpDate: $0) }.map { abs($0 - now) } ?? 0
        let isSkewed = [400, 403].contains(response.status) && skew > Self.suspiciousSkew
        let (code, reason) = Self.meaning(
            of: response.status,
            isSkewed ? "RequestTimeTooSkewed" : Self.lockRefusal(answer, context) ?? answer.code)
        let retryAfter = response.headers["retry-after"].flatMap { Self.retryAfter($0, now: now) }
        let remedy = Self.remedy(for: code, response, answer, context, retryAfter)
        if code == .notFound, answer.code == nil, response.isWebPage {
            self.init(context.malformed("a web page answered (HTTP \(response.status))"))
            return
        }
        let isRetryable =
            switch remedy {
            case .retry, .retryOnce: true
            default: false
            }
        self.init(
            context.error(
                code, "\(reason) (\(Self.words(response.status, answer)))",
                hint: Self.hint(for: code, context, region: response.region(answer)),
                isRetryable: isRetryable),
            remedy)
    }

    private static func meaning(of status: Int, _ code: String?) -> (ObjectStoreError.Code, String) {
        if let code, let meaning = meaning(of: code) { return meaning }
        return switch status {
        case 300..<400: (.redirected, "the provider redirects to another address")
        case 401: (.credentialsRefused, "the access key is refused")
        case 403: (.accessDenied, "access denied")
        case 404: (.notFound, "no such object")
        case 405, 501: (.unsupported, "the provider cannot do this")
        case 408: (.timedOut, "the provider waited too long for the request")
        case 412: (.alreadyExists, "an object of that name is there already")
        case 416: (.damaged, "the object is shorter than the range asked for")
        case 429: (.throttled, "the provider asks to slow down")
        case 507: (.outOfSpace, "no room left at the provider")
        case 500...: (.serverFailed, "the provider failed")
        default: (.malformedAnswer, "the provider refused the request")
        }
    }

    /// What GetObjectLockConfiguration calls it; a put says no more than "invalid request".
    private static let noObjectLock = "ObjectLockConfigurationNotFoundError"
    private static let lockedRequestRefused = "photobackup: InvalidRequest with a lock"

    /// What is known of a refusal that the lock is to blame for; SeaweedFS gives no reason at all.
    private static func lockRefusal(_ answer: ErrorAnswer, _ context: FailureContext) -> String? {
        if answer.lacksObjectLock { return noObjectLock }
        let isLocked = context.configuration.lockDays != nil && answer.code == "InvalidRequest"
        return isLocked ? lockedRequestRefused : nil
    }

    private static func meaning(of code: String) -> (ObjectStoreError.Code, String)? {
        switch code {
        case "NoSuchKey": (.notFound, "no such object")
        case "NoSuchBucket": (.containerNotFound, "the bucket does not exist")
        case "AccessDenied", "AllAccessDisabled", "AccountProblem":
            (.accessDenied, "access denied")
        case "InvalidAccessKeyId", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "NotSignedUp",
            "InvalidClientTokenId":
            (.credentialsRefused, "the access key is refused")
        case "SignatureDoesNotMatch": (.signatureRefused, "the signature is refused")
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
            (.clockSkewed, "this machine's clock and the provider's are too far apart")
        case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException", "InvalidRegion":
            (.wrongRegion, "the bucket is in another region")
        case "SlowDown", "TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded":
            (.throttled, "the provider asks to slow down")
        case "RequestTimeout": (.timedOut, "the provider waited too long for the request")
        case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "InvalidRange":
            (.damaged, "the provider found other bytes than announced")
        case "InvalidObjectState": (.inColdStorage, "the object is in cold storage")
        case "RestoreAlreadyInProgress": (.inColdStorage, "the object is on its way back from cold storage")
        case "PreconditionFailed": (.alreadyExists, "an object of that name is there already")
        case noObjectLock: (.unsupported, "the bucket was made without object lock")
        case lockedRequestRefused: (.unsupported, "the provider refused the request, which asks for a lock")
        case "InvalidStorageClass": (.unsupported, "the provider has no such storage class")
        case "NotImplemented", "MethodNotAllowed": (.unsupported, "the provider cannot do this")
        case "QuotaExceeded", "StorageCapExceeded", "InsufficientStorage", "XMinioStorageFull":
            (.outOfSpace, "no room left at the provider")
        default: code.hasPrefix("Throttling") ? (.throttled, "the provider asks to slow down") : nil
        }
    }

    private static func remedy(
        for code: ObjectStoreError.Code, _ response: HTTPResponse, _ answer: ErrorAnswer,
        _ context: FailureContext, _ retryAfter: Duration?
    ) -> Remedy {
        switch code {
        case .clockSkewed:
            return .correctClock
        case .wrongRegion, .redirected:
            return .correctRegion(response.region(answer).flatMap { $0 == context.region ? nil : $0 })
        case .credentialsRefused:
            return answer.code == "ExpiredToken" ? .renewCredentials : .none
        case .throttled:
            return .retry(cost: RetryBudget.retryCost, after: retryAfter)
        case .timedOut:
            return .retry(cost: RetryBudget.timeoutCost, after: retryAfter)
        case .damaged:
            return answer.code == "BadDigest" ? .retryOnce : .none
        case .serverFailed, .malformedAnswer:
            let isPassing =
                [500, 502, 503, 504].contains(response.status)
                || ["InternalError", "InternalFailure", "ServiceUnavailable"].contains(answer.code)
            return isPassing ? .retry(cost: RetryBudget.retryCost, after: retryAfter) : .none
        default:
            if let region = response.bucketRegion, region != context.region {
                return .correctRegion(region)
            }
            return .none
        }
    }

    private static func hint(
        for code: ObjectStoreError.Code, _ context: FailureContext, region: String?
    ) -> String? {
        let configuration = context.configuration
        return switch code {
        case .containerNotFound:
            "create the bucket \(configuration.bucket), or correct its name in the configuration"
        case .accessDenied:
            "allow the access key to read, write and list the bucket \(configuration.bucket)"
        case .credentialsRefused: "check the access key id, and whether the key was deleted or has expired"
        case .signatureRefused: "check the secret access key: it does not belong to the access key id"
        case .clockSkewed: "set this machine's clock; `timedatectl` shows whether it is synchronised"
        case .wrongRegion, .redirected:
            region.map { "set region to \($0), and endpoint to that region's address" }
                ?? "check endpoint and region in the configuration"
        case .malformedAnswer: "check that \(configuration.endpoint) is the S3 address"
        case .inColdStorage: "`photobackup restore --wait` asks for it and waits"
        case .unsupported where configuration.lockDays != nil || configuration.storageClass != nil:
            "photobackup provider probe shows whether the bucket takes lock_days and storage_class"
        case .outOfSpace: "raise the quota at the provider, or make room"
        default: nil
        }
    }

    /// The server's own words: status, code, message.
    private static func words(_ status: Int, _ answer: ErrorAnswer) -> String {
        let said = [answer.code, answer.message].compactMap { $0 }.filter { !$0.isEmpty }
        let words = (["HTTP \(status)"] + said).joined(separator: ", ")
        // Whoever answers may be hostile: no control characters for the terminal, and not too many words.
        return String(
            words.unicodeScalars.prefix(300).map {
                $0.properties.generalCategory == .control ? " " : Character($0)
            })
    }

    /// Seconds, or a date (RFC 9110, section 10.2.3).
    private static func retryAfter(_ value: String, now: Int64) -> Duration? {
        let seconds = Int64(value) ?? Timestamp.parse(httpDate: value).map { $0 - now }
        return seconds.map { .seconds(max(0, min($0, 86_400))) }
    }
}

extension HTTPResponse {
    /// Whether this is a page for people: no S3 service answers HTML without a header of its own.
    var isWebPage: Bool {
        headers["content-type"]?.lowercased().hasPrefix("text/html") == true && !headers.haveAmazonNames
    }

    /// The bucket's region, if the answer tells it. What can be none, and would be part of the next request's headers and
    /// of messages, is not believed.
    fileprivate func region(_ answer: ErrorAnswer) -> String? {
        bucketRegion ?? answer.region.flatMap { S3Configuration.isRegion($0) ? $0 : nil }
    }

    /// The same, where a header tells it.
    var bucketRegion: String? {
        headers["x-amz-bucket-region"].flatMap { S3Configuration.isRegion($0) ? $0 : nil }
    }
}

// MARK: - No answer

extension S3Failure {
    init(_ failure: TransferFailure, _ context: FailureContext, byteLimit: Int) {
        switch failure {
        case .cancelled:
            self.init(context.error(.cancelled, "cancelled"))
        case .tooLarge:
            self.init(context.error(.damaged, "the answer is longer than the \(byteLimit) bytes it may have"))
        case .curl(let code, let message):
            self.init(code, message, context)
        }
    }

    private init(_ curlCode: CURLcode, _ message: String, _ context: FailureContext) {
        let endpoint = context.configuration.endpoint
        let (code, reason, hint): (ObjectStoreError.Code, String, String?)
        switch curlCode {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            (code, reason) = (.hostNotResolved, "the host name has no address")
            hint = "check endpoint (\(endpoint)) and this machine's network"
        case CURLE_COULDNT_CONNECT:
            (code, reason) = (.connectionFailed, "no connection")
            hint = "check that the provider is up, and endpoint (\(endpoint))"
        case CURLE_OPERATION_TIMEDOUT:
            (code, reason, hint) = (.timedOut, "no answer in time", nil)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS:
            (code, reason) = (.certificateRefused, "the server's certificate does not verify")
            hint =
                "for a private authority, name its certificate file (ca_file); otherwise do not trust this server"
        case CURLE_SSL_CONNECT_ERROR:
            (code, reason) = (.connectionFailed, "no TLS connection")
            hint = "check that \(endpoint) speaks https"
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE,
            CURLE_SEND_FAIL_REWIND:
            (code, reason) = (.connectionFailed, "the connection broke")
            hint =
                "if that goes on, check that \(endpoint) is the S3 address, and http or https as it should be"
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
            (code, reason) = (.malformedAnswer, "the answer is not HTTP")
            hint = "check that \(endpoint) is the S3 address"
        default:
            (code, reason, hint) = (.system, "the transfer failed", nil)
        }
        let cost: Int? =
            switch code {
            case .timedOut: RetryBudget.timeoutCost
            case .hostNotResolved, .connectionFailed: RetryBudget.retryCost
            default: nil
            }
        self.init(
            context.error(code, "\(reason) (\(message))", hint: hint, isRetryable: cost != nil),
            cost.map { .retry(cost: $0, after: nil) } ?? .none)
    }
}
