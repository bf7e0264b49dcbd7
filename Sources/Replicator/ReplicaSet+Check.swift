public import ObjectStore

/// What reading one object of one replica has shown.
public enum CheckOutcome: Sendable {
    /// It is there, whole; `byteCount` bytes were read.
    case right(byteCount: Int)
    /// Missing, truncated or corrupt.
    case wrong(Discrepancy)
    /// The replica could not be asked, which says nothing about the object.
    case unanswered(ObjectStoreError)
}

extension ReplicaSet {
    /// Reads the object from the replica and compares its hash with its name.
    ///
    /// Of a name that ends in no hash only the size is compared. Memory: the object, at most
    /// `maximumObjectByteCount`; what is larger is corrupt.
    public func check(_ object: NeededObject, on replica: Int) async -> CheckOutcome {
        func wrong(_ kind: Discrepancy.Kind, _ foundByteCount: Int? = nil) -> CheckOutcome {
            .wrong(
                Discrepancy(
                    replica: replica, key: object.key, kind: kind, expectedByteCount: object.byteCount,
                    foundByteCount: foundByteCount))
        }
        do {
            let bytes = try await stores[replica].get(
                object.key, maximumByteCount: Self.maximumObjectByteCount)
            let isRight =
                if let digest = object.key.contentDigest {
                    bytes.hashes(to: digest)
                } else {
                    bytes.count == object.byteCount ?? bytes.count
                }
            if isRight { return .right(byteCount: bytes.count) }
            return wrong(bytes.count < object.byteCount ?? 0 ? .truncated : .corrupt, bytes.count)
        } catch {
            return switch error.code {
            case .notFound: wrong(.missing)
            case .damaged: wrong(.corrupt)
            default: .unanswered(error)
            }
        }
    }
}
