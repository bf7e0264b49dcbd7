public import Backup
internal import Crypto
internal import ObjectStore
internal import Replicator
public import Vault

/// What a run has done for a link.
public struct LinkRenewal: Sendable {
    public enum Outcome: Sendable {
        /// Its addresses last until then.
        case renewed(until: UTCTime)
        /// It has ended, and what it left is gone.
        case ended
        /// It could not be renewed, or cleared away.
        case failed(reason: String, hint: String?)
    }

    public let share: ShareRecord
    public let outcome: Outcome
}

extension OpenVault {
    /// Gives links at the `[share]` location new addresses when less than half of the old ones' life is left, or other
    /// keys sign now, and clears away what has ended.
    ///
    /// - Returns: those for which there was something to do.
    /// - Throws: `CatalogError`, `AnotherRunError`, `CancellationError`. What goes wrong with one link is in its result.
    public func renewLinks(
        at places: LinkPlaces, now: UTCTime = .now(), warn: @escaping WarningHandler
    ) async throws -> [LinkRenewal] {
        var renewals: [LinkRenewal] = []
        for link in try await recordedLinks(warn: warn) {
            do {
                guard let outcome = try await renew(link, places, now: now.secondsSince1970) else { continue }
                renewals.append(LinkRenewal(share: link.share, outcome: outcome))
            } catch let error as AnotherRunError {
                throw error
            } catch {
                try Task.checkCancellation()
                renewals.append(
                    LinkRenewal(
                        share: link.share,
                        outcome: .failed(reason: Self.reason(error), hint: Self.hint(error))))
            }
        }
        return renewals
    }

    private static func reason(_ error: any Error) -> String {
        (error as? ReplicaSetError)?.reason ?? "\(error)"
    }

    private static func hint(_ error: any Error) -> String? {
        (error as? ObjectStoreError)?.hint ?? (error as? LinkError)?.hint ?? (error as? ReplicaSetError)?.hint
    }

    /// Takes a link back: deletes what its page shows, and forgets it. A page at the `[share]` location stays, to say so.
    ///
    /// What its addresses give out ends when they do, or when the credentials that signed them are taken back; who has
    /// opened it keeps what they have.
    ///
    /// - Throws: `LinkError` for an id that no link, or more than one, begins with; `ObjectStoreError` where the page
    ///   cannot be deleted, and the link stays on record.
    public func revokeLink(
        _ id: String, at places: LinkPlaces, warn: @escaping WarningHandler
    ) async throws -> ShareRecord {
        let matching = try await recordedLinks(warn: warn).filter { $0.share.id.hasPrefix(id) }
        guard let link = matching.first, id.utf8.count >= 4, matching.count == 1 else {
            throw LinkError(
                .refused,
                matching.count > 1 ? "\(matching.count) links begin with \(id)" : "no link begins with \(id)",
                hint: "photobackup share list shows the links that are out")
        }
        try await withdraw(link.share, places)
        try await forget(link)
        return link.share
    }

    /// Deletes what a link shows: where its place is not known, nothing.
    private func withdraw(_ share: ShareRecord, _ places: LinkPlaces) async throws {
        guard let (id, place) = try place(of: share, places) else { return }
        if share.provider == nil {
            try await LinkPublication.end(id, at: place)
        } else {
            try await LinkPublication.remove(id, from: place)
        }
    }

    private func place(
        of share: ShareRecord, _ places: LinkPlaces
    ) throws -> (id: ShareID, store: any PresigningStore)? {
        guard let id = ShareID(hex: share.id) else { return nil }
        let place =
            try share.provider.map { try places.beside($0) } ?? places.published?.store
        return place.map { (id, $0) }
    }

    private func renew(
        _ link: RecordedLink, _ places: LinkPlaces, now: Int64
    ) async throws -> LinkRenewal.Outcome? {
        let share = link.share
        guard share.ends > now else { return try await clear(link, places) }
        guard share.provider == nil else { return nil }
        guard let published = places.published, let id = ShareID(hex: share.id), let key = share.shareKey
        else {
            return .failed(
                reason: "its place is not known to this machine",
                hint: "give the configuration the [share] that the link was made with")
        }
        let publication = LinkPublication(
            id: id, key: key, header: try ShareHeader(parsing: share.header),
            place: published.store, address: published.address)
        let manifest = try await current(publication)
        let addresses = try LinkAddresses(of: share.packDigests, in: self, at: places)
        let life = min(share.ends.heldDifference(now), Int64(addresses.store.longestLife))
        if (manifest.expires ?? 0).heldDifference(now) >= life / 2,
            try await addresses.haveSigned(manifest.packs, of: share.packDigests)
        {
            return nil
        }
        let outcome = try await publication.put(
            manifest, packs: share.packDigests, at: addresses, seconds: Int(life))
        return .renewed(until: UTCTime(secondsSince1970: outcome.ends))
    }

    private static let maximumManifestByteCount = SealedChunk.sealedByteCount(
        plaintextByteCount: ShareManifest.maximumByteCount)

    /// The manifest that is out now.
    private func current(_ publication: LinkPublication) async throws -> ShareManifest {
        let sealed: ObjectBytes
        do throws(ObjectStoreError) {
            sealed = try await publication.place.get(
                LinkObjects(publication.id).manifest, maximumByteCount: Self.maximumManifestByteCount)
        } catch {
            guard error.code == .notFound else { throw error }
            throw LinkError(
                .ended, "its list of files is gone from \(error.store)",
                hint: "photobackup share revoke takes it off the list")
        }
        return try ShareManifest(opening: sealed.array, key: publication.key, id: publication.id)
    }

    /// Clears away what a link that has ended left. It opens nothing any more: what may not be deleted stays.
    private func clear(
        _ link: RecordedLink, _ places: LinkPlaces
    ) async throws -> LinkRenewal.Outcome {
        var refusal: ObjectStoreError?
        do {
            try await withdraw(link.share, places)
        } catch let error as ObjectStoreError where error.code == .accessDenied {
            refusal = error
        }
        try await forget(link)
        guard let refusal else { return .ended }
        return .failed(
            reason: "it has ended and opens nothing, and its page could not be deleted: \(refusal.reason)",
            hint: refusal.hint)
    }
}
