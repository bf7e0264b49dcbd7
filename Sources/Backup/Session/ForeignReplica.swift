internal import Crypto
internal import ObjectStore

/// The store of a provider that holds no keyring of the vault and others in its place: it is neither read nor written.
struct ForeignReplica: ObjectStore {
    let name: String
    /// Why it is left alone.
    let reason: String

    private var refusal: ObjectStoreError {
        ObjectStoreError(
            .otherVault, store: name, reason: reason,
            hint: "give this provider a bucket or a prefix of its own, or have what was planted there removed"
        )
    }

    func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async throws(ObjectStoreError) {
        throw refusal
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes { throw refusal }

    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo { throw refusal }

    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage {
        throw refusal
    }

    func delete(_ key: ObjectKey) async throws(ObjectStoreError) { throw refusal }
}
