import Crypto
import ObjectStore
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
            let selected = try await vault.selectFiles(
                SnapshotSelection(collection: chosen.collection, snapshot: chosen.id.description),
                EntrySelection(), warn: { _ in })
            let packs = Set(selected.files.flatMap { $0.references.map(\.pack) })
            let link = try await vault.remember(
                ShareRecord(
                    id: VaultID.random().hex, secret: SecretBytes(randomCount: 32),
                    key: SecretBytes(randomCount: 32), header: "{}", title: nil,
                    collection: chosen.collection,
                    fileCount: selected.files.count, provider: nil,
                    ends: UTCTime.now().advanced(bySeconds: days * 86400), packs: Array(packs)),
                warn: { _ in })
            return { [self] in
                guard days > 0 else { return }
                links.append(LinkPromise(link: link, files: selected.files))
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
            let recipient = try Identity(seed: SecretBytes(randomCount: 32)).publicIdentity
            let silent: WarningHandler = { _ in }
            let begun = try await vault.beginEpoch(of: name, warn: silent) { collection, earlier in
                let kept = staying ? earlier.map { ($0.id, $0.recipient) } : []
                return try (kept + (isNew ? [(.random(), recipient)] : [])).map { id, recipient in
                    try Grant(
                        id: id, vault: vault.id, collection: collection.id, collectionName: name,
                        created: .now(), giver: Identity(vault.keyring).publicIdentity, recipient: recipient,
                        epochs: collection.epochs.map { Grant.Epoch(number: $0.number, key: $0.key) },
                        providers: []
                    ).sealed(person: "Anna", by: vault.keyring.signingKey, keys: vault.keys)
                }
            }
            let before = try await vault.readSnapshot(
                begun.snapshot, of: vault.keys.collectionID(name: name)
            ).parent
            return { [self] in
                note("  \(name) in epoch \(begun.number)")
                guard let same = promises.first(where: { $0.snapshot == before }) else { return }
                promises.append(Promise(collection: name, snapshot: begun.snapshot, tree: same.tree))
            }
        }
    }
}
