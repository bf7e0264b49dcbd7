internal import Crypto
internal import ObjectStore
internal import S3Signer

/// Who is let in: signature, clock, region, presigned addresses.
extension S3Probe {
    mutating func askSignature() async throws(ObjectStoreError) {
        let known = try await session.signer(nil)
        let wrong = SigV4Signer(
            credentials: S3Credentials(
                accessKeyID: known.credentials.accessKeyID, secretAccessKey: randomBytes(20).hex),
            region: known.region)
        let response = try await session.attempt(operation(.get, "object"), signer: wrong)
        record(
            .signature, Self.isRefusal(response),
            response.isSuccess
                ? "a wrong secret reads" : "a wrong secret is refused (\(Self.words(response)))")
    }

    mutating func askClock() async throws(ObjectStoreError) {
        let response = try await head("object")
        let offset = response.headers["date"].flatMap { Timestamp.parse(httpDate: $0) }
            .map { $0 - session.providerTime + session.signing.clockOffset }
        let skewed = try await session.attempt(operation(.get, "object"), dateOffset: -3600)
        let told = offset.map { "its clock is \($0) s ahead" } ?? "it does not tell its time"
        let refusal = skewed.isSuccess ? "an hour's skew is let through" : "an hour's skew is refused"
        record(.clock, Self.isRefusal(skewed), "\(told); \(refusal)")
    }

    mutating func askRegion() async throws(ObjectStoreError) {
        let known = try await session.signer(nil)
        let bucket = try await session.attempt(S3Operation(method: .head, key: "", object: nil))
        let other = SigV4Signer(credentials: known.credentials, region: "nowhere-1")
        let response = try await session.attempt(operation(.get, "object"), signer: other)
        let told =
            bucket.bucketRegion.map { "the bucket says \($0)" }
            ?? "the bucket does not tell it"
        record(
            .region, Self.isRefusal(response),
            "\(told); another one is \(response.isSuccess ? "let through" : "refused")")
    }

    mutating func askPresigned() async throws(ObjectStoreError) {
        let bytes = Array("presigned".utf8)
        var put = operation(.put, "presigned")
        put.body = ObjectBytes(bytes)
        let stored = try await session.attemptPresigned(put)
        let read = try await session.attemptPresigned(operation(.get, "presigned"))
        guard stored.isSuccess, read.isSuccess, read.body.array == bytes else {
            record(
                .presignedURLs, .no, "put \(Self.words(stored)), get \(Self.words(read))")
            return
        }
        let forged = try await session.attemptPresigned(operation(.get, "presigned"), isForged: true)
        record(
            .presignedURLs, forged.isSuccess ? .ignored : .yes,
            forged.isSuccess ? "a forged one is answered too" : "put and get; a forged one is refused")
    }
}
