public import ObjectStore
internal import S3Signer

/// Source: "Authenticating Requests: Using Query Parameters" in the S3 API Reference.
extension S3Store: PresigningStore {
    public var longestLife: Int { SigV4Signer.longestExpiry }

    public var hasHostOfItsOwn: Bool { configuration.addressing == .virtualHost }

    /// As in `PresigningStore`. Signed for the region and by the clock that earlier answers have told.
    ///
    /// - Precondition: `seconds` is 1 to 604,800.
    public func presignedAddress(
        of key: ObjectKey, seconds: Int
    ) async throws(ObjectStoreError) -> PresignedAddress {
        try await session.presign(operation(.get, key), seconds: seconds)
    }

    public func open(
        address: String, byteCount: Int
    ) async throws(ObjectStoreError) -> OpenedAddress {
        let response = try await session.open(address, byteCount: byteCount)
        return OpenedAddress(
            status: response.status, bytes: response.isSuccess ? response.body.array : [],
            words: S3Probe.words(response))
    }
}

extension S3Session {
    func open(
        _ address: String, byteCount: Int
    ) async throws(ObjectStoreError) -> HTTPResponse {
        try await answer(
            to: HTTPRequest(
                method: .get, url: address, headers: [("range", "bytes=0-\(byteCount - 1)")], body: nil,
                maximumByteCount: byteCount, keptRange: 0..<byteCount),
            S3Operation(method: .get, key: "", object: nil))
    }

    func presign(_ operation: S3Operation, seconds: Int) async throws(ObjectStoreError) -> PresignedAddress {
        let signer = try await signer(operation.object)
        let now = providerTime
        let end = now + Int64(seconds)
        let keyEnd = signer.credentials.expiration.map { $0 + signing.clockOffset }
        return PresignedAddress(
            url: signer.presign(
                s3Request(operation), expires: seconds, at: SigningDate(secondsSince1970: now)),
            ends: end,
            mayEndSooner: signer.credentials.isTemporary && keyEnd.map { $0 < end } ?? true)
    }
}
