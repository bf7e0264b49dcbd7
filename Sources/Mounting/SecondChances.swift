internal import Replicator
internal import Synchronization

/// Gives providers that were left alone because they failed another chance now and then: a command of days has no end at
/// which they would be forgiven.
final class SecondChances: Sendable {
    private static let interval = Duration.seconds(10)

    private let replicas: ReplicaSet
    private let last = Mutex(ContinuousClock.now)

    init(_ replicas: ReplicaSet) { self.replicas = replicas }

    /// To be called before something is read.
    func give() {
        let isDue = last.withLock { last in
            let isDue = last.duration(to: .now) > Self.interval
            if isDue { last = .now }
            return isDue
        }
        if isDue { replicas.beginPhase() }
    }
}
