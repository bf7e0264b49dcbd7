import Crypto

@testable import Backup
@testable import Vault

// What `share link` and `share grant` do to a vault, without pages and people.

extension TestVault {
    /// Writes down a link to everything in a snapshot, which ends in that many days.
    func giveLink(
        _ vault: OpenVault, to chosen: SnapshotSelection, days: Int64
    ) async throws -> (link: RecordedLink, files: [SelectedFile]) {
        let selected = try await vault.selectFiles(chosen, EntrySelection(), warn: { _ in })
        let packs = Set(selected.files.flatMap { $0.references.map(\.pack) })
        let link = try await vault.remember(
            ShareRecord(
                id: VaultID.random().hex, secret: SecretBytes(randomCount: 32),
                key: SecretBytes(randomCount: 32), header: "{}", title: nil, collection: chosen.collection,
                fileCount: selected.files.count, provider: nil,
                ends: UTCTime.now().advanced(bySeconds: days * 86400), packs: Array(packs)),
            warn: { _ in })
        return (link, selected.files)
    }

    /// Begins an epoch: those who have a grant keep it or not, and somebody may get one.
    ///
    /// - Returns: the epoch, and the snapshot that was the newest before it.
    func beginEpoch(
        _ vault: OpenVault, of name: String, keepsEarlier: Bool, addsOne: Bool
    ) async throws -> (begun: BegunEpoch, before: SnapshotID?) {
        let recipient = try Identity(seed: SecretBytes(randomCount: 32)).publicIdentity
        let begun = try await vault.beginEpoch(
            of: name, warn: { _ in },
            granting: { collection, earlier in
                let kept = keepsEarlier ? earlier.map { ($0.id, $0.recipient) } : []
                return try (kept + (addsOne ? [(.random(), recipient)] : [])).map { id, recipient in
                    try Grant(
                        id: id, vault: vault.id, collection: collection.id, collectionName: name,
                        created: .now(), giver: Identity(vault.keyring).publicIdentity,
                        recipient: recipient,
                        epochs: collection.epochs.map { Grant.Epoch(number: $0.number, key: $0.key) },
                        providers: []
                    ).sealed(person: "Anna", by: vault.keyring.signingKey, keys: vault.keys)
                }
            })
        let snapshot = try await vault.readSnapshot(
            begun.snapshot, of: vault.keys.collectionID(name: name))
        return (begun, snapshot.parent)
    }
}
