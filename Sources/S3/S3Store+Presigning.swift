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
}

extension S3Session {
    func presign(_ operation: S3Operation, seconds: Int) async throws(ObjectStoreError) -> PresignedAddress {
        let signer = try await signer(operation.object)
        let now = providerTime
        return PresignedAddress(
            url: signer.presign(
                s3Request(operation), expires: seconds, at: SigningDate(secondsSince1970: now)),
            ends: now + Int64(seconds), mayEndSooner: signer.credentials.isTemporary)
    }
}
