internal import ObjectStore

/// Why one request failed, and what may help. The table of `Refusal` tells what answers mean, and
/// `S3Failure+Transfer.swift` what libcurl's codes do; nothing else maps them to `ObjectStoreError`.
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
        /// Signed with credentials asked for anew, if they can change and have.
        case renewCredentials
        /// With the MD5 of its body, as this bucket wants every put from now on.
        case addMD5
    }

    let error: ObjectStoreError
    let remedy: Remedy

    init(_ error: ObjectStoreError, _ remedy: Remedy = .none) {
        self.error = error
        self.remedy = remedy
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
        let refusal =
            isSkewed ? Refusal.wrongClock : Refusal.row(for: answer, response, context)
        let code = refusal.code
        let retryAfter = response.headers["retry-after"].flatMap { Self.retryAfter($0, now: now) }
        let remedy = Self.remedy(for: refusal, response, answer, context, retryAfter)
        let isRetryable =
            switch remedy {
            case .retry, .retryOnce: true
            default: false
            }
        let location = response.headers["location"]
        let region = [.wrongRegion, .redirected].contains(code) ? response.region(answer) : nil
        let hint =
            region.map { "set region to \($0), and endpoint to that region's address" }
            ?? context.filled(refusal.hint, said: answer.message)
        self.init(
            context.error(
                code,
                "\(context.filled(refusal.reason, location: location)) (\(Self.words(response.status, answer)))",
                hint: hint.isEmpty ? nil : hint, isRetryable: isRetryable),
            remedy)
    }

    private static func remedy(
        for refusal: Refusal, _ response: HTTPResponse, _ answer: ErrorAnswer,
        _ context: FailureContext, _ retryAfter: Duration?
    ) -> Remedy {
        switch refusal.code {
        case _ where refusal.name == Refusal.checksumWanted:
            return .addMD5
        case .clockSkewed:
            return .correctClock
        case .wrongRegion, .redirected:
            return .correctRegion(response.region(answer).flatMap { $0 == context.region ? nil : $0 })
        case .credentialsRefused, .signatureRefused:
            return .renewCredentials
        case .accessDenied where Refusal.plainDenials.contains(refusal.name):
            if let region = response.bucketRegion, region != context.region {
                return .correctRegion(region)
            }
            // Some say no more than this when a temporary key has ended.
            return .renewCredentials
        case .throttled:
            return .retry(cost: RetryBudget.retryCost, after: retryAfter)
        case .timedOut:
            return .retry(cost: RetryBudget.timeoutCost, after: retryAfter)
        case .damaged:
            return answer.code == "BadDigest" ? .retryOnce : .none
        case .serverFailed, .malformedAnswer, .connectionFailed:
            return PassingFailure.isPassing(response.status, code: answer.code)
                ? .retry(cost: RetryBudget.retryCost, after: retryAfter) : .none
        default:
            if let region = response.bucketRegion, region != context.region {
                return .correctRegion(region)
            }
            return .none
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
