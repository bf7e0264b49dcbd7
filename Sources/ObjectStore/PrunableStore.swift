/// A store where deleting is more than leaving a name out of the listing: versions that are kept, locks that hold,
/// and a minimum of days that is paid for anyway.
public protocol PrunableStore: ObjectStore {
    /// For how many days an object is paid for even when it is deleted sooner; nil for none.
    var minimumStorageDays: Int? { get }

    /// Removes an object and every version of it. One that is not there counts as removed.
    ///
    /// A lock that still holds is an answer, and nothing is changed then. Ended in the middle, some versions are gone
    /// and the same call goes on with the rest.
    func deleteForGood(_ key: ObjectKey) async throws(ObjectStoreError) -> Deletion
}

/// What became of an object that was to be deleted for good.
public enum Deletion: Hashable, Sendable {
    case deleted
    /// Locked until then, in seconds since 1970, by the provider's clock.
    case locked(until: Int64)
}
