import SoakTesting

@testable import Backup
@testable import Vault

// Links that are given out and taken back, and collections that begin new epochs for those they are granted to.

extension PruneHistory {
    func link() -> Body {
        // What has ended is on record too, and keeps nothing.
        let days: Int64 = random.chance(70) ? 300 : -2
        return { [self] vault in
            let snapshots = try await vault.snapshots(warn: { _ in })
            guard !snapshots.isEmpty else { return {} }
            let chosen = random.pick(snapshots)
            let given = try await test.giveLink(
                vault,
                to: SnapshotSelection(collection: chosen.collection, snapshot: chosen.id.description),
                days: days)
            return { [self] in
                guard days > 0 else { return }
                links.append(LinkPromise(link: given.link, files: given.files))
                note("  a link to \(chosen.id.short)")
            }
        }
    }

    func unlink() -> Body {
        let chosen = links.isEmpty ? nil : random.pick(links).link
        return { [self] vault in
            guard let chosen else { return {} }
            // From here on nobody promises anything, however far this comes.
            links.removeAll { $0.link.record == chosen.record }
            try await vault.forget(chosen)
            return {}
        }
    }

    /// Some of those who have a grant keep it, and somebody may get one.
    func grant() -> Body {
        let name = random.chance(50) ? "Photos" : "Shoot"
        let (staying, isNew) = (random.chance(50), random.chance(70))
        return { [self] vault in
            let (begun, before) = try await test.beginEpoch(
                vault, of: name, keepsEarlier: staying, addsOne: isNew)
            return { [self] in
                note("  \(name) in epoch \(begun.number)")
                guard let same = promises.first(where: { $0.snapshot == before }) else { return }
                promises.append(Promise(collection: name, snapshot: begun.snapshot, tree: same.tree))
            }
        }
    }
}
