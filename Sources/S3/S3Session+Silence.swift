internal import CCurl
internal import ObjectStore

/// What is done where a request got no answer: is anybody there, and has it arrived after all?
extension S3Session {
    /// How long whoever is asked whether it is there may take to answer.
    private static let presenceLimit = Duration.seconds(10)
    /// The same at the beginning of a phase, for a provider that was not there in the one before.
    private static let returnLimit = Duration.seconds(5)
    /// By how much a provider's times may be off: they are whole seconds.
    private static let roundingSeconds: Int64 = 2
    /// A smaller object is sent again sooner than it is asked for.
    private static let worthAsking = 64 << 10

    /// - Throws: `suspended` where the provider is left alone for this phase.
    func requireChance(_ object: String?) async throws(ObjectStoreError) {
        if budget.mustReturn {
            let answer = await ask(S3Operation(method: .head, key: "", object: nil), within: Self.returnLimit)
            if case .success = answer { budget.returned() } else { budget.suspend(because: .silence) }
        }
        guard !budget.isSuspended else { throw suspended(object) }
    }

    /// A provider that answers nothing else either is left alone from now on: a dead
    /// machine must not hold up those that are well. One that answers is slow, and is given more time.
    ///
    /// - Returns: the answer that a PUT would have had, where the object is there.
    /// - Throws: `failure` where nobody is there, or where more time did not help either.
    func lookAfterSilence(
        _ operation: S3Operation, _ failure: S3Failure, _ attempts: Attempts
    ) async throws(ObjectStoreError) -> HTTPResponse? {
        let began = ContinuousClock.now
        let question =
            operation.isPutOfObject ? operation.head : S3Operation(method: .head, key: "", object: nil)
        let answer = await ask(question, within: Self.presenceLimit)
        if case .success(let response) = answer {
            if operation.isSlowToAnswer { bePatient(with: operation) }
            if let stored = stored(operation, response, since: attempts.began) { return stored }
            if !attempts.wasPatient { return nil }
        }
        if case .failure(.cancelled) = answer { throw cancelled(operation.object) }
        guard case .failure = answer, transport.statistics.hasAnswered(since: began) else {
            budget.suspend(because: .silence)
            transport.abandon()
            throw failure.error
        }
        return nil
    }

    /// Whether a large object is there although its PUT has failed: what stood between may have lost the answer alone.
    func findStored(
        _ operation: S3Operation, after failure: S3Failure, _ attempts: Attempts
    ) async -> HTTPResponse? {
        guard operation.isPutOfObject, operation.body?.count ?? 0 >= Self.worthAsking,
            [.connectionFailed, .serverFailed].contains(failure.error.code), failure.error.isRetryable,
            case .success(let response) = await ask(operation.head, within: Self.presenceLimit)
        else { return nil }
        return stored(operation, response, since: attempts.began)
    }

    /// The answer to a HEAD as that to the PUT of `operation`, if it shows what was sent: of the same length, and
    /// stored no earlier than the first attempt began. What was there before may be damaged.
    private func stored(
        _ operation: S3Operation, _ response: HTTPResponse, since began: ContinuousClock.Instant
    ) -> HTTPResponse? {
        guard operation.isPutOfObject, response.isSuccess, !response.isWebPage,
            response.headers["etag"]?.isEmpty == false,
            response.headers.contentLength == operation.body?.count,
            let now = response.headers["date"].flatMap({ Timestamp.parse(httpDate: $0) }),
            let modified = response.headers["last-modified"].flatMap({ Timestamp.parse(httpDate: $0) })
        else { return nil }
        let elapsed = (ContinuousClock.now - began).components.seconds
        guard modified >= now - elapsed - Self.roundingSeconds else { return nil }
        budget.succeeded()
        return response
    }

    func cancelled(_ object: String?) -> ObjectStoreError {
        ObjectStoreError(.cancelled, store: configuration.name, object: object, reason: "cancelled")
    }

    func suspended(_ object: String?, because cause: ObjectStoreError? = nil) -> ObjectStoreError {
        if let cause, cause.code == .suspended { return cause }
        return ObjectStoreError(
            .suspended, store: configuration.name, object: object,
            reason: "left alone, because it \((budget.suspicion ?? .failures).rawValue)"
                + (cause.map { "; last: \($0.reason)" } ?? ""),
            hint: cause?.hint)
    }

    private func ask(_ operation: S3Operation, within limit: Duration) async -> Transfer.Outcome {
        guard let signer = try? await signer(operation.object) else { return .failure(.cancelled) }
        var request = sign(operation, signer, clockOffset: signing.clockOffset)
        request.isUrgent = true
        let limit = min(limit, configuration.timeouts.stall)
        request.patience.stall = limit
        request.patience.answer = limit
        request.patience.mayBeResent = false
        return await transport.send(request)
    }
}

extension S3Operation {
    fileprivate var isPutOfObject: Bool { method == .put && !key.isEmpty && query.isEmpty }

    fileprivate var head: S3Operation { S3Operation(method: .head, key: key, object: object) }
}
