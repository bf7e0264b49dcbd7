public import ObjectStore

/// What reading one object of one replica has shown.
public enum CheckOutcome: Sendable {
    /// It is there, whole; `byteCount` bytes were read.
    case right(byteCount: Int)
    /// Missing, truncated or corrupt.
    case wrong(Discrepancy)
    /// It is there; the provider keeps no checksum of it, so that nothing is known of its bytes.
    case notCheckable
    /// It is in cold storage, and nobody has asked for it, so that it cannot be read.
    case cold
    /// The replica could not be asked, which says nothing about the object.
    case unanswered(ObjectStoreError)
}

extension ReplicaSet {
    /// Reads the object from the replica and compares its hash with its name.
    ///
    /// Of a name that ends in no hash only the size is compared. What is larger than `maximumObjectByteCount` is
    /// corrupt. Memory: none of the object.
    public func check(_ object: NeededObject, on replica: Int) async -> CheckOutcome {
        await object.outcome(on: replica) { () throws(ObjectStoreError) in
            let found = try await stores[replica].digest(
                of: object.key, maximumByteCount: Self.maximumObjectByteCount)
            let isRight =
                if let digest = object.key.contentDigest {
                    found.sha256 == digest
                } else {
                    found.byteCount == object.byteCount ?? found.byteCount
                }
            return (isRight, found.byteCount)
        }
    }

    /// Reads the object from the replica, compares its hash with its name, and asks whether its bytes are of use: those
    /// that are not are corrupt too. Memory: the object.
    @concurrent
    public func check(
        _ object: NeededObject, on replica: Int, isReadable: @Sendable (ObjectBytes) -> Bool
    ) async -> CheckOutcome {
        await object.outcome(on: replica) { () throws(ObjectStoreError) in
            let bytes = try await stores[replica].get(
                object.key, maximumByteCount: Self.maximumObjectByteCount)
            let hasItsName = object.key.contentDigest.map(bytes.hashes) ?? true
            return (hasItsName && isReadable(bytes), bytes.count)
        }
    }

    /// Compares the SHA-256 that the provider itself keeps of the object with its name, without reading it.
    ///
    /// It tells what the provider stored when it made the checksum; that the bytes are still the same, only
    /// reading them tells.
    ///
    /// - Returns: `right` with no bytes read; `notCheckable` without a checksum, or a hash in the name.
    public func checkStoredChecksum(_ object: NeededObject, on replica: Int) async -> CheckOutcome {
        do {
            let info = try await stores[replica].headWithChecksum(object.key)
            if let expected = object.byteCount, info.byteCount != expected {
                return object.isWrong(
                    info.byteCount < expected ? .truncated : .corrupt, on: replica,
                    foundByteCount: info.byteCount)
            }
            guard let checksum = info.checksum, let digest = object.key.contentDigest else {
                return .notCheckable
            }
            return checksum == digest
                ? .right(byteCount: 0)
                : object.isWrong(.corrupt, on: replica, foundByteCount: info.byteCount)
        } catch {
            return error.code == .notFound ? object.isWrong(.missing, on: replica) : .unanswered(error)
        }
    }
}

extension NeededObject {
    /// What has come of reading it from the replica.
    fileprivate func outcome(
        on replica: Int, _ read: () async throws(ObjectStoreError) -> (isRight: Bool, byteCount: Int)
    ) async -> CheckOutcome {
        do {
            let (isRight, found) = try await read()
            if isRight { return .right(byteCount: found) }
            return isWrong(
                found < byteCount ?? 0 ? .truncated : .corrupt, on: replica, foundByteCount: found)
        } catch {
            return switch error.code {
            case .notFound: isWrong(.missing, on: replica)
            case .damaged: isWrong(.corrupt, on: replica)
            case .inColdStorage: .cold
            default: .unanswered(error)
            }
        }
    }

    fileprivate func isWrong(
        _ kind: Discrepancy.Kind, on replica: Int, foundByteCount: Int? = nil
    ) -> CheckOutcome {
        .wrong(
            Discrepancy(
                replica: replica, key: key, kind: kind, expectedByteCount: byteCount,
                foundByteCount: foundByteCount))
    }
}
