public import ObjectStore

/// Deleting for good: where the bucket keeps versions, a plain DELETE only hides an object behind a marker, and what
/// it takes up is paid for as before.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
extension S3Store: PrunableStore {
    public var minimumStorageDays: Int? { configuration.minimumStorageDays }

    public func deleteForGood(_ key: ObjectKey) async throws(ObjectStoreError) -> Deletion {
        guard try await keepsVersions() else {
            try await delete(key)
            return .deleted
        }
        if let until = try await lockEnd(of: key), until > session.providerTime {
            return .locked(until: until)
        }
        // A listing may be cut short: what is gone is not in the next one.
        var deleted: Set<ObjectVersions.Version> = []
        var lookCount = 0
        while case let versions = try await versions(of: key), !versions.isEmpty {
            let left = versions.filter { !deleted.contains($0) }
            if left.isEmpty || deleted.count > Self.longestHistory {
                // A listing may also lag behind.
                guard lookCount < Self.looksAfterDeletion, deleted.count <= Self.longestHistory else {
                    throw malformed(
                        key.rawValue,
                        "what was deleted is still listed: \(deleted.count) versions were, and \(versions.count) are there"
                    )
                }
                try await session.wait(retry: lookCount, object: key.rawValue)
                lookCount += 1
            }
            for version in left { try await delete(version, of: key) }
            deleted.formUnion(left)
        }
        return .deleted
    }

    /// How often what was deleted may still be listed.
    private static let looksAfterDeletion = 5
    /// More versions than any object of ours ever gets: who has them makes one for each that is deleted.
    private static let longestHistory = 1000

    /// A plain DELETE in the place of one with an id would add a version instead, and hide what is there.
    private func delete(_ version: ObjectVersions.Version, of key: ObjectKey) async throws(ObjectStoreError) {
        guard let id = version.id, !id.isEmpty else {
            throw ObjectStoreError(
                .unsupported, store: name, object: key.rawValue,
                reason: "the bucket keeps versions, and the provider lists them without ids",
                hint: "turn versioning off, or delete old versions with a lifecycle rule of the provider")
        }
        var operation = operation(.delete, key)
        operation.query = [("versionId", id)]
        do {
            _ = try await session.perform(operation)
        } catch  where error.code == .notFound {
            return
        }
    }

    /// Nil for what is not there, or only as older versions.
    private func lockEnd(of key: ObjectKey) async throws(ObjectStoreError) -> Int64? {
        do {
            return try await details(key).lockedUntil
        } catch  where [.notFound, .malformedAnswer].contains(error.code) {
            return nil
        }
    }

    /// Asked once: whether the bucket keeps versions, or has kept some. Where the provider does not say, it counts as
    /// one that does, so that none is left behind.
    private func keepsVersions() async throws(ObjectStoreError) -> Bool {
        if let known = learned.withLock({ $0.keepsVersions }) { return known }
        var operation = S3Operation(method: .get, key: "", object: nil)
        operation.query = [("versioning", "")]
        let response = try await session.attempt(operation)
        let keeps: Bool
        switch response.status {
        case 200..<300:
            let text = response.body.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            keeps = text.contains("Enabled") || text.contains("Suspended")
        case 403: keeps = true
        case 400..<500, 501: keeps = false
        default: throw malformed("", "whether the bucket keeps versions was answered with \(response.status)")
        }
        learned.withLock { $0.keepsVersions = keeps }
        return keeps
    }

    private func versions(of key: ObjectKey) async throws(ObjectStoreError) -> [ObjectVersions.Version] {
        var operation = S3Operation(method: .get, key: "", object: key.rawValue)
        operation.query = [("prefix", keyPrefix + key.rawValue), ("versions", "")]
        operation.maximumByteCount = Self.listByteLimit
        let response: HTTPResponse
        do {
            response = try await session.perform(operation)
        } catch  where error.code == .accessDenied {
            throw ObjectStoreError(
                .accessDenied, store: name, object: key.rawValue,
                reason: "this key may not list versions, and what is deleted would stay as one",
                hint: "allow s3:ListBucketVersions and s3:DeleteObjectVersion to the prune_profile")
        }
        do {
            return try response.body.withUnsafeBytes { bytes throws(MalformedXML) in
                try ObjectVersions.read(bytes)
            }.versions.filter { $0.key == keyPrefix + key.rawValue }
        } catch {
            throw malformed(key.rawValue, error.reason)
        }
    }
}
