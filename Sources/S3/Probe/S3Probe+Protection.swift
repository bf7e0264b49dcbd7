internal import Crypto
internal import ObjectStore

/// What whoever steals this key could destroy: deleting, versions, locks.
extension S3Probe {
    /// How long a lock is tried, in seconds: long enough for slow requests, short enough to be cleaned up after.
    private static let lockSeconds: Int64 = 60

    mutating func askProtection() async throws(ObjectStoreError) {
        let mayDelete = try await askDelete()
        let version = try await askVersioning()
        var mayDeleteVersions = mayDelete
        if let version {
            mayDeleteVersions = try await remove("versioned", version: version)
        }
        let isEnforced = try await askLock(mayDelete: mayDeleteVersions)
        let missing = [
            version == nil ? "versions are not kept: whoever may put can overwrite" : nil,
            isEnforced ? nil : "no lock holds",
        ].compactMap { $0 }
        let advice =
            store.lockDays == nil
            ? "it can: lock_days sets a lock on every object" : "versions are kept, and locks hold"
        record(
            .protects, missing.isEmpty ? .yes : .no,
            missing.isEmpty ? advice : missing.joined(separator: "; "))
    }

    private mutating func askDelete() async throws(ObjectStoreError) -> Bool {
        _ = try await put("deleted", Array("deleted".utf8))
        let response = try await session.attempt(operation(.delete, "deleted"))
        let isGone = try await head("deleted").status == 404
        let mayDelete = response.isSuccess && isGone
        record(
            .deletes, mayDelete ? .yes : response.isSuccess ? .ignored : .no,
            mayDelete ? "this key may delete" : "this key may not delete (\(Self.words(response)))")
        return mayDelete
    }

    /// The id of an older version of the object "versioned", which can still be read; nil when there is none.
    private mutating func askVersioning() async throws(ObjectStoreError) -> String? {
        let first = Array("first".utf8)
        let version = try await put("versioned", first).headers["x-amz-version-id"]
        _ = try await put("versioned", Array("second".utf8))
        guard let version, !version.isEmpty, version != "null" else {
            record(.versioning, .no, "what is overwritten is gone")
            return nil
        }
        let isKept = try await get("versioned", query: [("versionId", version)]) == first
        record(
            .versioning, isKept ? .yes : .ignored,
            isKept ? "what is overwritten can still be read" : "versions are numbered, and not kept")
        return isKept ? version : nil
    }

    /// Whether the object, or that version of it, could be deleted.
    private func remove(_ name: String, version: String?) async throws(ObjectStoreError) -> Bool {
        let query = version.map { [(name: "versionId", value: $0)] } ?? []
        let response = try await session.attempt(operation(.delete, name, query: query))
        let isGone = try await get(name, query: query) == nil
        return response.isSuccess && isGone
    }

    /// Whether a lock holds.
    private mutating func askLock(mayDelete: Bool) async throws(ObjectStoreError) -> Bool {
        let bytes = Array("locked".utf8)
        let end = session.providerTime + Self.lockSeconds
        let response = try await put(
            "locked", bytes,
            headers: [
                ("content-md5", MD5.hash(bytes).base64), ("x-amz-object-lock-mode", S3Store.lockMode),
                ("x-amz-object-lock-retain-until-date", Timestamp.iso8601(end)),
            ])
        guard response.isSuccess else {
            record(.lockStored, .unsupported, Self.words(response))
            record(.lockEnforced, .unsupported)
            return false
        }
        guard ObjectDetails(try await head("locked").headers).lockedUntil != nil else {
            record(.lockStored, .ignored, "HEAD does not tell it")
            record(.lockEnforced, .no)
            return false
        }
        record(.lockStored, .yes)
        guard mayDelete else {
            record(.lockEnforced, .unknown, "this key may not delete, with or without a lock")
            return false
        }
        let version = response.headers["x-amz-version-id"].flatMap { $0 == "null" ? nil : $0 }
        let isGone = try await remove("locked", version: version)
        record(
            .lockEnforced, isGone ? .no : .yes,
            isGone ? "a locked object could be deleted" : "a locked version could not be deleted")
        return !isGone
    }
}
