public import ObjectStore
internal import Synchronization

/// Listings, page by page.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
extension S3Store {
    public func list(
        prefix: String, continuing token: String?
    ) async throws(ObjectStoreError) -> ListPage {
        try await list(prefix: prefix, continuing: token, namesAPage: Self.namesAPage)
    }

    func list(
        prefix: String, continuing token: String?, namesAPage: Int
    ) async throws(ObjectStoreError) -> ListPage {
        let previous = token.flatMap { ListToken($0) }
        guard token == nil || previous != nil else { throw malformed(prefix, "no token of this store") }
        var operation = S3Operation(method: .get, key: "", object: prefix.isEmpty ? nil : prefix)
        operation.query = [
            ("list-type", "2"), ("max-keys", "\(namesAPage)"), ("prefix", keyPrefix + prefix),
        ]
        operation.query += previous?.query ?? []
        operation.maximumByteCount = Self.listByteLimit
        let response: HTTPResponse
        do {
            response = try await listing(operation)
            missingBucket.withLock { $0 = nil }
        } catch  where error.code == .containerNotFound {
            missingBucket.withLock { $0 = error }
            throw error
        }
        do {
            return try response.body.withUnsafeBytes { bytes throws(MalformedXML) in
                try ListAnswer.read(bytes).page(
                    under: keyPrefix, prefix: prefix, after: previous, taking: response.duration)
            }
        } catch {
            throw malformed(prefix, error.reason)
        }
    }

    /// Asks for names that are encoded, since any byte may be in one of a stranger's. A service that refuses to be asked
    /// so is not asked so again.
    private func listing(_ operation: S3Operation) async throws(ObjectStoreError) -> HTTPResponse {
        guard learned.withLock({ $0.encodesNames }) else { return try await session.perform(operation) }
        var encoded = operation
        encoded.query.append(("encoding-type", "url"))
        do {
            return try await session.perform(encoded)
        } catch  where [.malformedAnswer, .notFound, .unsupported].contains(error.code) {
            let response = try await session.perform(operation)
            learned.withLock { $0.encodesNames = false }
            return response
        }
    }

    public func requireListing() async throws(ObjectStoreError) {
        do {
            let first = try await list(prefix: "", continuing: nil, namesAPage: 1)
            guard let token = first.nextToken else { return }
            _ = try await list(prefix: "", continuing: token, namesAPage: 1)
        } catch  where [.malformedAnswer, .notFound, .unsupported].contains(error.code) {
            throw ObjectStoreError(
                .unsupported, store: name,
                reason: "what is there cannot be listed page by page: \(error.reason)",
                hint:
                    "nothing there could be verified: take another provider, or a newer version of its service"
            )
        }
    }
}
