internal import Crypto
internal import ObjectStore

/// Whether packs are taken, and stay.
extension S3Probe {
    /// As large as the largest pack, and what a smaller limit is tried with: nginx takes 1 MiB unless it is told otherwise.
    private static let packByteCount = 20_971_816
    private static let smallerByteCounts = [1 << 20, 4 << 20, 8 << 20, 16 << 20]

    mutating func askPackSize() async throws(ObjectStoreError) {
        // One name for all probes: a key that may not delete leaves one such object, and puts no second one.
        let name = "\(S3Store.probePrefix)pack"
        guard let key = ObjectKey(name) else { preconditionFailure("a probe's name is a name") }
        if let there = try? await store.head(key), there.byteCount == Self.packByteCount {
            record(.packSize, .yes, "\(Self.packByteCount) bytes are there")
            return
        }
        let refused = try await putZeros(key, Self.packByteCount)
        guard !refused.isSuccess else {
            record(.packSize, .yes, "\(Self.packByteCount) bytes")
            return
        }
        var taken = 0
        for byteCount in Self.smallerByteCounts {
            guard try await putZeros(key, byteCount).isSuccess else { break }
            taken = byteCount
        }
        record(
            .packSize, refused.status >= 500 ? .unknown : .no,
            "\(Self.packByteCount) bytes are refused (\(Self.words(refused)))"
                + (taken == 0 ? "" : ", \(taken >> 20) MiB are taken"))
    }

    private func putZeros(_ key: ObjectKey, _ byteCount: Int) async throws(ObjectStoreError) -> HTTPResponse {
        let bytes = [UInt8](repeating: 0, count: byteCount)
        var operation = store.operation(.put, key)
        operation.body = ObjectBytes(bytes)
        operation.payloadHash = .sha256(SHA256.hash(bytes))
        return try await session.attempt(operation)
    }

    /// What the provider announces for something that the vault has there; where there is nothing yet, for the probe's own.
    mutating func askExpiry() async throws(ObjectStoreError) {
        let isOfVault = { (key: ObjectKey) in !key.isOfProbe && !key.rawValue.hasPrefix("shares/") }
        let first = try await store.list(prefix: "", continuing: nil).objects.first { isOfVault($0.key) }
        if let first {
            let expiry = try await store.details(first.key).expiry
            record(.keepsObjects, expiry == nil ? .yes : .no, expiry?.text ?? "no rule is announced")
        } else {
            // A rule for what probes leave is a good one.
            let own = AnnouncedExpiry(try await head("object").headers, object: folder + "object")
            record(.keepsObjects, own == nil ? .yes : .unknown, own?.text ?? "no rule is announced")
        }
    }
}
