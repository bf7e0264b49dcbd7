public import ObjectStore
internal import Synchronization

/// How long replicas are waited for that have not told what they hold, once others have.
public struct ListingPatience: Hashable, Sendable {
    /// Every replica is waited for, until it answers or fails.
    public static let everyone = ListingPatience(leastGrace: nil)
    /// For what any whole replica can give: once a quorum has answered, 10 s more, or three times what that took.
    public static let reading = ListingPatience(leastGrace: .seconds(10), factor: 3)
    /// For what should reach every replica: a minute more, or ten times what the quorum took.
    public static let writing = ListingPatience(leastGrace: .seconds(60), factor: 10)

    /// nil where every one is waited for.
    let leastGrace: Duration?
    let factor: Int

    init(leastGrace: Duration?, factor: Int = 1) {
        (self.leastGrace, self.factor) = (leastGrace, factor)
    }

    /// How much longer the others are waited for, when a quorum took so long.
    func grace(afterQuorumTook duration: Duration) -> Duration? {
        leastGrace.map { max($0, duration * factor) }
    }
}

extension ReplicaSet {
    /// How long listings of all replicas wait for one; every one of them is waited for unless it is set.
    public var listingPatience: ListingPatience {
        get { patienceWithListings.withLock { $0 } }
        set { patienceWithListings.withLock { $0 = newValue } }
    }

    /// Asks each of some replicas at once. Who has not answered when a quorum has, and the patience is over, is left out:
    /// its answer is a failure that says so, reads ask it last, and the call to it is cancelled and not waited for.
    ///
    /// A quorum, and not one: the first to answer may be the one that lies.
    ///
    /// - Returns: by replica; every one of `chosen` is there.
    public func askEach<Value: Sendable>(
        _ chosen: [Int],
        _ question: @escaping @Sendable (Int) async -> Result<Value, ObjectStoreError>
    ) async -> [Int: Result<Value, ObjectStoreError>] {
        let (events, sender) = AsyncStream.makeStream(of: ListingRace<Value>.Event.self)
        let calls = chosen.map { replica in
            // Not of a group, which would wait for a call that cannot be cancelled.
            Task { sender.yield(.answer(replica, await question(replica))) }
        }
        var race = ListingRace<Value>(chosen: chosen, patience: listingPatience)
        let answers = await withTaskCancellationHandler {
            await race.run(events, isQuorum: { self.isQuorum($0) }, sender)
        } onCancel: {
            for call in calls { call.cancel() }
            sender.yield(.cancelled)
        }
        for call in calls { call.cancel() }
        sender.finish()
        return Dictionary(
            uniqueKeysWithValues: chosen.map { replica in
                (replica, answers[replica] ?? .failure(leftOut(replica, race)))
            })
    }

    private func leftOut<Value>(_ replica: Int, _ race: ListingRace<Value>) -> ObjectStoreError {
        guard !race.isCancelled else {
            return ObjectStoreError(.cancelled, store: names[replica], reason: "cancelled")
        }
        health.recordReadFailure(of: replica)
        return ObjectStoreError(
            .timedOut, store: names[replica],
            reason: "left out: others have told what they hold, and it has not within "
                + "\(race.began.duration(to: .now).components.seconds) s")
    }
}

/// The answers that come in, until there are enough.
private struct ListingRace<Value: Sendable> {
    enum Event: Sendable {
        case answer(Int, Result<Value, ObjectStoreError>)
        case graceOver
        case cancelled
    }

    let chosen: [Int]
    let patience: ListingPatience
    let began = ContinuousClock.now
    private(set) var isCancelled = false

    init(chosen: [Int], patience: ListingPatience) {
        (self.chosen, self.patience) = (chosen, patience)
    }

    mutating func run(
        _ events: AsyncStream<Event>, isQuorum: ([Int]) -> Bool, _ sender: AsyncStream<Event>.Continuation
    ) async -> [Int: Result<Value, ObjectStoreError>] {
        var answers: [Int: Result<Value, ObjectStoreError>] = [:]
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        guard !chosen.isEmpty else { return answers }
        for await event in events {
            switch event {
            case .answer(let replica, let answer): answers[replica] = answer
            case .graceOver: return answers
            case .cancelled:
                isCancelled = true
                return answers
            }
            if answers.count == chosen.count { return answers }
            let answering = answers.filter { (try? $0.value.get()) != nil }.map(\.key)
            if timer == nil, isQuorum(answering), let grace = patience.grace(afterQuorumTook: .now - began) {
                timer = Task {
                    try? await Task.sleep(for: grace)
                    if !Task.isCancelled { sender.yield(.graceOver) }
                }
            }
        }
        // A stream ends where its reader is cancelled.
        isCancelled = Task.isCancelled
        return answers
    }
}
