internal import Crypto
public import ObjectStore
internal import S3Signer

extension S3Store {
    /// As in `ProbedStore`. Some fifty requests, one of them as large as a pack. A lock is tried for a minute; what it holds then is named
    /// as left behind, and the next probe deletes it.
    public func probe() async throws(ObjectStoreError) -> ProbeReport {
        var probe = S3Probe(store: self)
        return try await probe.run()
    }
}

/// One probe of one bucket: what it asks, in order, and what was answered.
///
/// Requests are sent as they are and nothing is corrected, because an answer that the store would handle silently
/// is just what the probe is there to see. Only the first request goes the usual way, so that a wrong region,
/// clock or key is found out, or told, before anything else.
struct S3Probe {
    let store: S3Store
    /// The names' beginning in this probe, without the configuration's prefix.
    let folder = "\(S3Store.probePrefix)\(randomBytes(8).hex)/"
    private(set) var answers: [ProbeAnswer] = []

    var session: S3Session { store.session }

    init(store: S3Store) { self.store = store }

    mutating func run() async throws(ObjectStoreError) -> ProbeReport {
        _ = try await store.list(prefix: S3Store.probePrefix, continuing: nil)
        _ = await ProbeCleanup(session: session, keyPrefix: store.keyPrefix).run()
        do throws(ObjectStoreError) {
            try await askEverything()
        } catch {
            _ = await ProbeCleanup(session: session, keyPrefix: store.keyPrefix).run()
            throw error
        }
        let left = await ProbeCleanup(session: session, keyPrefix: store.keyPrefix).run()
        let order = ProbeQuestion.allCases
        return ProbeReport(
            answers: answers.sorted {
                order.firstIndex(of: $0.question)! < order.firstIndex(of: $1.question)!
            }, leftBehind: left)
    }

    private mutating func askEverything() async throws(ObjectStoreError) {
        let first = Array("photobackup probe".utf8)
        if try await !put("object", first).isSuccess {
            // The usual way tells why, with a hint, or adds the MD5 that was missing.
            _ = try await session.perform(operation(.put, "object", body: first))
            guard session.wantsMD5 else {
                throw store.malformed(
                    folder + "object", "the provider takes an object only at the second try")
            }
        }
        record(
            .checksumWanted, session.wantsMD5 ? .yes : .no,
            session.wantsMD5 ? "every put carries one" : "puts without one are taken")
        try await askSignature()
        try await askClock()
        try await askRegion()
        try await askListing()
        try await askRange(of: first)
        try await askIntegrity()
        try await askPackSize()
        try await askExpiry()
        try await askConditionalPut()
        try await askPresigned()
        try await askProtection()
        try await askStorageClasses()
    }

    mutating func record(
        _ question: ProbeQuestion, _ answer: ProbeAnswer.Answer, _ detail: String = ""
    ) {
        answers.append(ProbeAnswer(question, answer, detail))
    }

    // MARK: Requests

    func operation(
        _ method: HTTPRequest.Method, _ name: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) -> S3Operation {
        var operation = S3Operation(
            method: method, key: store.keyPrefix + folder + name, object: folder + name)
        operation.query = query
        operation.headers = headers
        if let body {
            operation.body = ObjectBytes(body)
            operation.payloadHash = .sha256(SHA256.hash(body))
        }
        return operation
    }

    func put(
        _ name: String, _ bytes: [UInt8], headers: [(name: String, value: String)] = []
    ) async throws(ObjectStoreError) -> HTTPResponse {
        try await session.attempt(operation(.put, name, headers: headers, body: bytes))
    }

    /// The object's bytes; nil where there is no such object, or it cannot be read.
    func get(
        _ name: String, query: [(name: String, value: String)] = []
    ) async throws(ObjectStoreError) -> [UInt8]? {
        let response = try await session.attempt(operation(.get, name, query: query))
        return response.isSuccess ? response.body.array : nil
    }

    func head(
        _ name: String, query: [(name: String, value: String)] = []
    ) async throws(ObjectStoreError) -> HTTPResponse {
        try await session.attempt(
            operation(.head, name, query: query, headers: [("x-amz-checksum-mode", "ENABLED")]))
    }

    /// What an answer that is no success says, in few words.
    static func words(_ response: HTTPResponse) -> String {
        let code = response.body.withUnsafeBytes { ErrorAnswer($0).code }
        return ["\(response.status)", code].compactMap { $0 }.joined(separator: " ")
    }

    /// Whether a request that has a fault was refused because of it: a failure of the server's own says nothing.
    static func isRefusal(_ response: HTTPResponse) -> ProbeAnswer.Answer {
        response.isSuccess ? .no : response.status < 500 ? .yes : .unknown
    }
}
