internal import CCurl
internal import Crypto
package import ObjectStore
internal import S3Signer
internal import Synchronization

/// Sends requests until one succeeds or nothing more can help: signing, retries, and corrections of clock,
/// region and credentials, which all later requests share.
package final class S3Session: Sendable {
    let configuration: S3Configuration
    let transport: CurlTransport
    let signing: SigningState
    let budget = RetryBudget()
    /// Whether the bucket wants the MD5 of each body, as one with a default retention does.
    private let addsMD5 = Mutex(false)
    private let expiry = Mutex<AnnouncedExpiry?>(nil)
    private let lastDate = Mutex<(date: String, now: Int64)?>(nil)
    let policy: RetryPolicy
    let environment: RetryEnvironment
    private let slowKinds = Mutex<Set<HTTPRequest.Method>>([])

    init(
        _ configuration: S3Configuration, policy: RetryPolicy, environment: RetryEnvironment
    ) throws(ObjectStoreError) {
        self.configuration = configuration
        self.policy = policy
        self.environment = environment
        signing = SigningState(configuration)
        transport = try CurlTransport(configuration)
    }

    /// The provider's clock, as far as its answers have told it, in seconds since 1970.
    var providerTime: Int64 { environment.now() + signing.clockOffset }

    /// Whether requests of this kind are given more time: one of them was slow, and the provider was there.
    private func isPatient(_ operation: S3Operation) -> Bool {
        operation.isSlowToAnswer && slowKinds.withLock { $0.contains(operation.method) }
    }

    func bePatient(with operation: S3Operation) {
        _ = slowKinds.withLock { $0.insert(operation.method) }
    }

    /// What has been tried for one request.
    struct Attempts {
        /// How much of the policy's maximum is used up.
        var weight = 0
        var retries = 0
        var hasRetriedOnce = false
        var hasCorrectedRegion = false
        var hasCorrectedClock = false
        var hasRenewedCredentials = false
        var hasAddedMD5 = false
        /// Whether the last one was given more time, because the provider had shown that it is there.
        var wasPatient = false
        let began = ContinuousClock.now
    }

    var wantsMD5: Bool { addsMD5.withLock { $0 } }

    /// Every put carries the MD5 of its body from now on, unless it carries another checksum.
    func addMD5() { addsMD5.withLock { $0 = true } }

    /// The answer of a success (2xx).
    package func perform(_ operation: S3Operation) async throws(ObjectStoreError) -> HTTPResponse {
        var attempts = Attempts()
        while true {
            try await requireChance(operation.object)
            let signer = try await signer(operation.object)
            let clockOffset = signing.clockOffset
            var request = sign(operation, signer, clockOffset: clockOffset)
            attempts.wasPatient = isPatient(operation)
            request.patience = TransferPatience(
                for: operation, stall: configuration.timeouts.stall, isPatient: attempts.wasPatient)
            let context = FailureContext(
                configuration: configuration, object: operation.object, region: signer.region,
                operation: operation)
            let failure: S3Failure
            switch await transport.send(request) {
            case .success(let response) where response.isSuccess:
                guard !response.isWebPage(inPlaceOf: operation) else {
                    throw context.malformed("a web page answered (HTTP \(response.status))")
                }
                budget.succeeded()
                notice(response, of: operation)
                return response
            case .success(let response):
                failure = S3Failure(response, context, now: environment.now() + clockOffset)
                if failure.remedy == .correctClock, !attempts.hasCorrectedClock {
                    attempts.hasCorrectedClock = correctClock(by: response, from: clockOffset)
                    if attempts.hasCorrectedClock { continue }
                }
            case .failure(let transferFailure):
                failure = S3Failure(transferFailure, context, byteLimit: operation.maximumByteCount)
                if case .tooSlow = transferFailure {
                    budget.suspend(because: .slowness)
                    throw failure.error
                }
                if case .curl(CURLE_OPERATION_TIMEDOUT, _) = transferFailure {
                    if let stored = try await lookAfterSilence(operation, failure, attempts) { return stored }
                }
            }
            if let stored = await findStored(operation, after: failure, attempts) { return stored }
            try await recover(from: failure, signer, &attempts)
        }
    }

    /// Takes from any answer what somebody may want to know later: the provider's time, and what it will delete.
    private func notice(_ response: HTTPResponse, of operation: S3Operation) {
        if let date = response.headers["date"] {
            lastDate.withLock { $0 = (date, environment.now()) }
        }
        guard let object = operation.object, !operation.key.isEmpty,
            let announced = AnnouncedExpiry(response.headers, object: object), announced.isOfVault,
            expiry.withLock({ first in
                guard first == nil else { return false }
                first = announced
                return true
            })
        else { return }
        configuration.onExpiry(announced)
    }

    /// The first announcement that something of the vault will be deleted.
    var announcedExpiry: AnnouncedExpiry? { expiry.withLock { $0 } }

    /// How far the provider's clock was ahead of this machine's at its last answer, in seconds; nil without one.
    var clockDifference: Int64? {
        lastDate.withLock { $0 }.flatMap { date, now in Timestamp.parse(httpDate: date).map { $0 - now } }
    }

    /// The answer to a request that is signed and sent as it is, whatever its status: for seeing what a provider
    /// does. Nothing is corrected; only what says nothing about the request, a broken connection or a provider that
    /// is too busy, is tried again, twice.
    ///
    /// - Parameters:
    ///   - signer: who signs it, if not the one who signs everything.
    ///   - dateOffset: added to the provider's time, in seconds.
    func attempt(
        _ operation: S3Operation, signer other: SigV4Signer? = nil, dateOffset: Int64 = 0
    ) async throws(ObjectStoreError) -> HTTPResponse {
        let own = try await signer(operation.object)
        let request = sign(operation, other ?? own, clockOffset: signing.clockOffset + dateOffset)
        return try await answer(to: request, operation)
    }

    /// The answer to a GET or PUT of an address that carries its own permission for a minute.
    ///
    /// - Parameter isForged: whether the signature is another one.
    func attemptPresigned(
        _ operation: S3Operation, isForged: Bool = false
    ) async throws(ObjectStoreError) -> HTTPResponse {
        let signer = try await signer(operation.object)
        var url = signer.presign(
            s3Request(operation), expires: 60, at: SigningDate(secondsSince1970: providerTime))
        if isForged {
            let last = url.removeLast()
            url.append(last == "0" ? "1" : "0")
        }
        return try await answer(
            to: HTTPRequest(
                method: operation.method, url: url, headers: operation.headers, body: operation.body,
                maximumByteCount: operation.maximumByteCount), operation)
    }

    func answer(
        to request: HTTPRequest, _ operation: S3Operation
    ) async throws(ObjectStoreError) -> HTTPResponse {
        let context = FailureContext(
            configuration: configuration, object: operation.object, region: signing.region,
            operation: operation)
        var retries = 0
        while true {
            let failure: S3Failure
            switch await transport.send(request) {
            case .success(let response):
                let code = response.body.withUnsafeBytes { ErrorAnswer($0).code }
                guard PassingFailure.isPassing(response.status, code: code), retries < 2 else {
                    return response
                }
                failure = S3Failure(response, context, now: providerTime)
            case .failure(let transferFailure):
                failure = S3Failure(transferFailure, context, byteLimit: operation.maximumByteCount)
                guard failure.error.isRetryable, retries < 2 else { throw failure.error }
            }
            try await wait(retry: retries, object: failure.error.object)
            retries += 1
        }
    }

    /// As long as before the retry of that number.
    func wait(retry: Int, after: Duration? = nil, object: String?) async throws(ObjectStoreError) {
        do {
            try await environment.sleep(
                policy.delay(retry: retry, retryAfter: after, random: environment.random()))
        } catch {
            throw cancelled(object)
        }
    }

    /// Does what may help, and returns to try again; throws the failure when nothing is left.
    private func recover(
        from failure: S3Failure, _ signer: SigV4Signer, _ attempts: inout Attempts
    ) async throws(ObjectStoreError) {
        switch failure.remedy {
        case .retry(let cost, let after):
            attempts.weight += cost / RetryBudget.retryCost
            guard attempts.weight < policy.maximumAttempts else { throw failure.error }
            guard budget.pay(cost) else { throw suspended(failure.error.object, because: failure.error) }
            attempts.retries += 1
            try await wait(retry: attempts.retries - 1, after: after, object: failure.error.object)
        case .retryOnce where !attempts.hasRetriedOnce:
            attempts.hasRetriedOnce = true
        case .correctRegion(let region) where !attempts.hasCorrectedRegion:
            attempts.hasCorrectedRegion = true
            guard let region = if let region { region } else { await askForRegion() },
                region != signer.region
            else { throw failure.error }
            signing.correct(region: region)
        case .renewCredentials where !attempts.hasRenewedCredentials:
            attempts.hasRenewedCredentials = true
            guard await signing.renew(signer.credentials, at: environment.now()) else { throw failure.error }
        case .addMD5 where !attempts.hasAddedMD5:
            attempts.hasAddedMD5 = true
            addMD5()
        default:
            throw failure.error
        }
    }

    /// The region that the bucket says it is in, whatever the status of that answer.
    private func askForRegion() async -> String? {
        let operation = S3Operation(method: .head, key: "", object: nil)
        guard let signer = try? await signer(nil),
            case .success(let response) = await transport.send(
                sign(operation, signer, clockOffset: signing.clockOffset))
        else { return nil }
        return response.bucketRegion
    }

    func sign(
        _ operation: S3Operation, _ signer: SigV4Signer, clockOffset: Int64
    ) -> HTTPRequest {
        let operation = wantsMD5 ? operation.withMD5() : operation
        let request = s3Request(operation)
        let date = SigningDate(secondsSince1970: environment.now() + clockOffset)
        return HTTPRequest(
            method: operation.method, url: request.url,
            headers: operation.headers + signer.sign(request, at: date), body: operation.body,
            maximumByteCount: operation.maximumByteCount, keptRange: operation.keptRange,
            isHashed: operation.isHashed)
    }

    /// Only what S3 demands to be signed: caches on the way may change the rest, above all `range`. What comes back is
    /// checked anyway.
    ///
    /// Source: "Create a signed AWS API request", step 1: `host`, `content-type`, and every `x-amz-*`.
    private static func isSigned(_ header: String) -> Bool {
        header.hasPrefix("x-amz-") || header == "content-type" || header == "content-md5"
    }

    func s3Request(_ operation: S3Operation) -> S3Request {
        S3Request(
            method: operation.method.rawValue, scheme: configuration.scheme, endpoint: configuration.host,
            basePath: configuration.basePath, addressing: configuration.addressing,
            bucket: configuration.bucket,
            key: Array(operation.key.utf8), query: operation.query,
            headers: operation.headers.filter { Self.isSigned($0.name) }, payloadHash: operation.payloadHash)
    }

    func signer(_ object: String?) async throws(ObjectStoreError) -> SigV4Signer {
        do {
            return try await signing.signer(at: environment.now())
        } catch is CancellationError {
            throw cancelled(object)
        } catch {
            throw ObjectStoreError(
                .credentialsRefused, store: configuration.name, object: object,
                reason: "no credentials: \(error)", hint: (error as? CredentialsError)?.hint)
        }
    }
}
