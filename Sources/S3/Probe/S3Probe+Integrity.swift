internal import Crypto
internal import ObjectStore
internal import S3Signer

/// What the provider notices of damage on the way, and what it remembers of the bytes.
extension S3Probe {
    mutating func askIntegrity() async throws(ObjectStoreError) {
        let bytes = Array("right bytes".utf8)
        let wrong = SHA256.hash(Array("other bytes".utf8))

        let replaced = try await put("object", bytes)
        let isReplaced = try await get("object") == bytes
        record(.overwrite, replaced.isSuccess && isReplaced ? .yes : .no, Self.words(replaced))

        var announced = operation(.put, "payload", body: bytes)
        announced.payloadHash = .sha256(wrong)
        let payload = try await session.attempt(announced)
        record(
            .payloadHash, Self.isRefusal(payload),
            "other bytes than signed are \(payload.isSuccess ? "stored" : "refused")")

        let md5 = MD5.hash(Array("other bytes".utf8)).base64
        let wrongMD5 = try await put("md5", bytes, headers: [("content-md5", md5)])
        record(
            .contentMD5, Self.isRefusal(wrongMD5),
            "a wrong one is \(wrongMD5.isSuccess ? "taken" : "refused")")

        try await askChecksum(bytes, wrong: wrong)
    }

    private mutating func askChecksum(
        _ bytes: [UInt8], wrong: SHA256Digest
    ) async throws(ObjectStoreError) {
        let header = "x-amz-checksum-sha256"
        let right = SHA256.hash(bytes)
        let accepted = try await put("checksum", bytes, headers: [(header, right.bytes.base64)])
        guard accepted.isSuccess else {
            record(.checksumAccepted, .no, Self.words(accepted))
            record(.checksumChecked, .unknown)
            record(.checksumStored, .no)
            return
        }
        record(.checksumAccepted, .yes)
        let refused = try await put("checksum-wrong", bytes, headers: [(header, wrong.bytes.base64)])
        record(
            .checksumChecked, Self.isRefusal(refused),
            "a wrong one is \(refused.isSuccess ? "taken" : "refused")")
        let stored = try await head("checksum").headers.checksum
        // One that stores what it is sent without looking says nothing about the bytes.
        let isOfTheBytes = refused.isSuccess ? "as it was sent, not as the bytes are" : "on HEAD"
        record(
            .checksumStored, stored == right ? .yes : .no,
            stored == nil ? "HEAD does not tell it" : stored == right ? isOfTheBytes : "another one")
    }
}
