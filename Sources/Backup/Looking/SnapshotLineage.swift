package import Vault

/// Which snapshots of a collection go on from which.
///
/// A machine's backup goes on from its own last one, and an archive from everybody's: so two machines that back up under
/// one name have two histories, and machines that archive into one collection have one.
package struct SnapshotLineage {
    private struct Run: Hashable {
        let device: DeviceID
        let started: Int64
    }

    private let snapshots: [SnapshotID: Ancestry]

    package init(_ snapshots: some Sequence<Ancestry>) {
        self.snapshots = Dictionary(snapshots.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Whether all that the older one's runs have added is in the newer one too: this goes on from that, or from
    /// snapshots of the same runs. What was forgotten in between is not known, and the answer is no then.
    func covers(_ newer: SnapshotID, _ older: SnapshotID) -> Bool {
        let line = line(from: newer)
        let runs = Set(line.compactMap { snapshots[$0].map(Self.run) })
        var next = Optional(older)
        while let id = next {
            if line.contains(id) { return true }
            guard let snapshot = snapshots[id], runs.contains(Self.run(snapshot)) else { return false }
            next = snapshot.parent
        }
        return true
    }

    /// The newest of each device, without those that another one covers; the newest first.
    func heads(among ids: Set<SnapshotID>) -> [Ancestry] {
        let newest = Dictionary(grouping: ids.compactMap { snapshots[$0] }, by: \.device).values
            .compactMap { $0.max { $0.id < $1.id } }.sorted { $0.id > $1.id }
        var heads: [Ancestry] = []
        for snapshot in newest where !heads.contains(where: { covers($0.id, snapshot.id) }) {
            heads.removeAll { covers(snapshot.id, $0.id) }
            heads.append(snapshot)
        }
        return heads
    }

    /// The snapshot, what it was made from, and so on.
    private func line(from id: SnapshotID) -> Set<SnapshotID> {
        var line: Set<SnapshotID> = []
        var next = Optional(id)
        while let id = next, line.insert(id).inserted { next = snapshots[id]?.parent }
        return line
    }

    private static func run(_ snapshot: Ancestry) -> Run {
        Run(device: snapshot.device, started: snapshot.started)
    }
}

/// What is meant by the newest snapshot of a collection.
package struct NewestChoice {
    /// Those that can be meant, the likeliest first: the newest of one history, and what came before it.
    package let order: [SnapshotID]
    /// One of another machine's that is newer, and is not meant.
    package let passedBy: Ancestry?
}

extension SnapshotLineage {
    /// Of several histories this machine's, or the one of `host` if it is given.
    ///
    /// - Parameters:
    ///   - ids: those that may be meant, checkpoints not among them.
    ///   - own: this machine; nil where it has made none.
    /// - Throws: `SelectionError` where several machines have one each, and none of them is this, or none is called so.
    package func choose(
        among ids: Set<SnapshotID>, own: DeviceID?, host: String?, of collection: String
    ) throws(SelectionError) -> NewestChoice {
        let meant = host.map { host in ids.filter { snapshots[$0]?.host == host } } ?? ids
        if let host, meant.isEmpty {
            let hosts = Set(ids.compactMap { snapshots[$0]?.host }).sorted()
            throw SelectionError(
                description: "there is no snapshot of \(collection) by a machine called \"\(host)\"",
                hint: hosts.isEmpty ? nil : "there are some by \(hosts.joined(separator: ", "))")
        }
        let heads = heads(among: meant)
        guard let newest = heads.first else { return NewestChoice(order: [], passedBy: nil) }
        let ownNewest = ids.filter { snapshots[$0]?.device == own }.max()
        let ofOwn = ownNewest.flatMap { own in heads.first { covers($0.id, own) } }
        guard let chosen = heads.count == 1 ? newest : ofOwn else {
            throw Self.ambiguity(heads, of: collection, host: host)
        }
        let before = ids.filter {
            $0 < chosen.id && (snapshots[$0]?.device == chosen.device || covers(chosen.id, $0))
        }
        return NewestChoice(
            order: [chosen.id] + before.sorted(by: >), passedBy: newest.id > chosen.id ? newest : nil)
    }

    private static func ambiguity(
        _ heads: [Ancestry], of collection: String, host: String?
    ) -> SelectionError {
        let machines = heads.map { "\($0.host) (\($0.id.short), \($0.id.time.iso8601))" }
        let hosts = Set(heads.map(\.host)).sorted()
        return SelectionError(
            description: "\(heads.count) machines have a newest snapshot of \(collection): "
                + machines.joined(separator: "; "),
            hint: hosts.count < heads.count
                ? "name one: \(collection)@\(heads[0].id.short)"
                : "--host \(hosts[0]) chooses, and so does \(collection)@\(heads[0].id.short)")
    }
}
