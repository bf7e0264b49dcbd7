public import ObjectStore

/// Two replicas may be one place under two names: what is put at one is at the other, and is one copy. A quorum counts
/// places.
extension ReplicaSet {
    /// The place of each replica, as a number that those of one place share; each its own until `setPlaces`.
    public var places: [Int] { placeNumbers.withLock { $0 } }

    /// - Parameter pairs: replicas that were found to be one place.
    public func setPlaces(joining pairs: [(Int, Int)]) {
        let numbers = Self.places(ofReplicas: stores.count, joining: pairs)
        placeNumbers.withLock { $0 = numbers }
    }

    /// The place of each of `count` replicas, as a number that those of one place share: the first one's.
    public static func places(ofReplicas count: Int, joining pairs: [(Int, Int)]) -> [Int] {
        var numbers = Array(0..<count)
        for (one, other) in pairs {
            let (kept, replaced) = (min(numbers[one], numbers[other]), max(numbers[one], numbers[other]))
            numbers = numbers.map { $0 == replaced ? kept : $0 }
        }
        return numbers
    }

    /// How many places these replicas are.
    public func placeCount(_ replicas: some Sequence<Int>) -> Int {
        let places = places
        return Set(replicas.map { places[$0] }).count
    }

    /// Whether these replicas are enough different places.
    public func isQuorum(_ replicas: some Sequence<Int>) -> Bool {
        quorum.isReached(by: placeCount(replicas))
    }

    /// Whether the object that `outcomes` are about is stored at enough different places.
    public func isQuorum(_ outcomes: some Sequence<PutOutcome>) -> Bool {
        isQuorum(outcomes.lazy.filter(\.isStored).map(\.replica))
    }

    /// The replicas of one place, where these are several: the names of each such place.
    public var sharedPlaces: [[String]] {
        let places = places
        return Dictionary(grouping: stores.indices) { places[$0] }.values.filter { $0.count > 1 }
            .map { $0.map { names[$0] } }.sorted { $0[0] < $1[0] }
    }

    // MARK: - Leaving one alone

    /// Puts nothing on the replica from now on, in whatever phase, for the reason given.
    public func close(_ replica: Int, because reason: ObjectStoreError) {
        health.close(replica, because: reason)
    }

    /// Lets things be put on the replica again.
    public func reopen(_ replica: Int) { health.reopen(replica) }

    /// Why nothing is put on the replica at all; nil where something may be.
    public func closure(of replica: Int) -> ObjectStoreError? { health.closure(of: replica) }
}
