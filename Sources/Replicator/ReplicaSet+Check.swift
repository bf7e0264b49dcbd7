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
    /// Of a name that ends in no hash only the size is compared. Memory: the object, at most
    /// `maximumObjectByteCount`; what is larger is corrupt.
    ///
    /// - Parameter isReadable: whether bytes that hash to the name are of use too; those that are not are corrupt.
    @concurrent
    public func check(
        _ object: NeededObject, on replica: Int,
        isReadable: @Sendable (ObjectBytes) -> Bool = { _ in true }
    ) async -> CheckOutcome {
        func wrong(_ kind: Discrepancy.Kind, _ foundByteCount: Int? = nil) -> CheckOutcome {
            object.isWrong(kind, on: replica, foundByteCount: foundByteCount)
        }
        let bytes: ObjectBytes
        do {
            bytes = try await stores[replica].get(
                object.key, maximumByteCount: Self.maximumObjectByteCount)
        } catch {
            return switch error.code {
            case .notFound: wrong(.missing)
            case .damaged: wrong(.corrupt)
            case .inColdStorage: .cold
            default: .unanswered(error)
            }
        }
        let isRight =
            if let digest = object.key.contentDigest {
                bytes.hashes(to: digest)
            } else {
                bytes.count == object.byteCount ?? bytes.count
            }
        if isRight, isReadable(bytes) { return .right(byteCount: bytes.count) }
        return wrong(bytes.count < object.byteCount ?? 0 ? .truncated : .corrupt, bytes.count)
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
    fileprivate func isWrong(
        _ kind: Discrepancy.Kind, on replica: Int, foundByteCount: Int? = nil
    ) -> CheckOutcome {
        .wrong(
            Discrepancy(
                replica: replica, key: key, kind: kind, expectedByteCount: byteCount,
                foundByteCount: foundByteCount))
    }
}
