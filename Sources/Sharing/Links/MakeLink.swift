public import Backup
public import Crypto
internal import ObjectStore
public import Vault

/// What is to be shared by a link, and how.
public struct LinkRequest: Sendable {
    public var snapshot: SnapshotSelection
    public var entries: EntrySelection
    public var title: String?
    public var lifeSeconds: Int64
    /// Needed besides the link, if there is one.
    public var password: SecretBytes?
    /// Whether the link gives nobody the originals.
    public var isPreviewsOnly: Bool
    /// The provider whose addresses are given out, by name; the first that has everything when nil.
    public var provider: String?

    public init(
        snapshot: SnapshotSelection, entries: EntrySelection, title: String? = nil, lifeSeconds: Int64,
        password: SecretBytes? = nil, isPreviewsOnly: Bool = false, provider: String? = nil
    ) {
        self.snapshot = snapshot
        self.entries = entries
        self.title = title
        self.lifeSeconds = lifeSeconds
        self.password = password
        self.isPreviewsOnly = isPreviewsOnly
        self.provider = provider
    }
}

/// A link, and what its maker should know of it.
public struct MadeLink: Sendable {
    public let id: String
    /// With the fragment: whoever has it has the files.
    public let address: String
    public let provider: String
    /// When the link ends.
    public let ends: UTCTime
    /// When it ends unless a run renews it; nil where nothing is renewed.
    public let leaseEnds: UTCTime?
    public let fileCount: Int
    public let byteCount: UInt64
    /// Symbolic links, which are left out.
    public let leftOutCount: Int
    /// Files of systems, which are left out.
    public let systemFileCount: Int
    /// Files without a preview, where previews were to be made; with originals only those that are pictures.
    public let withoutPreviewCount: Int
    /// Whether the page's host is shared with other people's buckets.
    public let hasSharedHost: Bool
    /// Whether it ends with temporary credentials.
    public let mayEndSooner: Bool
    /// Whether the page lies elsewhere than the packs, so that the packs' bucket has to let it ask (CORS).
    public let needsCORS: Bool
}

/// Makes the previews of some files, by their place; what cannot be had is left out.
public typealias PreviewMaker =
    @Sendable (_ vault: OpenVault, _ files: [SelectedFile]) async throws -> [Int: Preview]

extension OpenVault {
    /// Argon2id over a link's password: what a phone's browser has memory for.
    private static let passes: UInt64 = 4
    private static let memoryByteCount = 64 << 20

    /// Gives out a link to files of a snapshot.
    ///
    /// The originals are not stored again: the link holds references to them, and an address for each pack that ends with
    /// it. It is on record in the vault before anything is given out.
    ///
    /// - Throws: `LinkError`, `LinkConflictError`, and what finding the snapshot and putting the record throw;
    ///   `ObjectStoreError` where the page cannot be put.
    public func makeLink(
        _ request: LinkRequest, at places: LinkPlaces, previews: PreviewMaker? = nil,
        warn: @escaping WarningHandler
    ) async throws -> MadeLink {
        let selected = try await selectFiles(request.snapshot, request.entries, warn: warn)
        let pictures = try await previews?(self, selected.files) ?? [:]
        guard !request.isPreviewsOnly || !pictures.isEmpty else {
            throw LinkError(
                .refused, "of none of the files a preview can be made, and the link would show nothing",
                hint: "without --previews-only it has the files themselves")
        }
        let withoutPreview = selected.files.indices.filter { place in
            pictures[place] == nil
                && (request.isPreviewsOnly || MediaType.isPicture(selected.files[place].entry.path))
        }
        let draft = LinkDraft(
            selected.files, previews: pictures, isPreviewsOnly: request.isPreviewsOnly)
        let addresses = try LinkAddresses(
            of: draft.packs, in: self, at: places, preferring: request.provider)
        let publication = try await publication(request, places, addresses)
        let fragment = publication.fragment

        let ends = UTCTime.now().advanced(bySeconds: request.lifeSeconds)
        let record = ShareRecord(
            id: publication.target.id.hex, secret: fragment.secret, key: publication.target.key,
            header: publication.target.header.text, title: request.title,
            collection: selected.found.snapshot.collectionName, fileCount: draft.files.count,
            provider: places.published == nil ? addresses.provider : nil, ends: ends, packs: draft.packs)
        let link = try await remember(record, warn: warn)
        do {
            let outcome = try await publication.target.put(
                draft.manifest(title: request.title, vault: id), packs: draft.packs, at: addresses,
                seconds: Int(min(request.lifeSeconds, Int64(addresses.store.longestLife))))
            try await LinkTrial(
                publication.target, packs: addresses.store, isPublished: places.published != nil, warn: warn
            ).run(outcome)
            return MadeLink(
                id: record.id, address: "\(outcome.address)#\(fragment.text)",
                provider: addresses.provider, ends: ends,
                leaseEnds: places.published == nil ? nil : UTCTime(secondsSince1970: outcome.ends),
                fileCount: draft.files.count,
                byteCount: selected.files.reduce(0) { $0.heldSum($1.entry.size) },
                leftOutCount: selected.linkCount, systemFileCount: selected.systemFileCount,
                withoutPreviewCount: previews == nil ? 0 : withoutPreview.count,
                hasSharedHost: places.published == nil && !addresses.store.hasHostOfItsOwn,
                mayEndSooner: outcome.mayEndSooner,
                needsCORS: outcome.needsCORS)
        } catch {
            // Nobody was given anything, and nothing has to be kept for it.
            try? await LinkPublication.remove(publication.target.id, from: publication.target.place)
            try? await forget(link)
            throw error
        }
    }

    /// A new share's secret, and where it will be.
    private func publication(
        _ request: LinkRequest, _ places: LinkPlaces, _ addresses: LinkAddresses
    ) async throws -> (fragment: ShareFragment, target: LinkPublication) {
        let (fragment, id) = (ShareFragment.random(), ShareID.random())
        var key = ShareKey.make(secret: fragment.secret, id: id)
        var stretching: ShareHeader.Stretching?
        if let password = request.password {
            let (made, check) = try await LinkWork.run { () throws(LinkError) in
                try ShareKey.make(
                    secret: fragment.secret, id: id, password: password, passes: Self.passes,
                    memoryByteCount: Self.memoryByteCount)
            }
            key = made
            stretching = ShareHeader.Stretching(
                passes: Self.passes, memoryByteCount: Self.memoryByteCount, check: check)
        }
        let place: any PresigningStore
        if let published = places.published {
            place = published.store
        } else if request.lifeSeconds > Int64(addresses.store.longestLife) {
            throw LinkError(
                .refused, "a link that nobody renews ends within 7 days",
                hint: "with a [share] location in the configuration it can last longer")
        } else if let beside = try places.beside(addresses.provider) {
            place = beside
        } else {
            throw LinkError(.refused, "\(addresses.provider) has no place for the link's page")
        }
        let header = ShareHeader(
            id: id, manifest: places.published.map { _ in LinkObjects(id).manifest.rawValue },
            password: stretching)
        return (
            fragment,
            LinkPublication(
                id: id, key: key, header: header, place: place, address: places.published?.address)
        )
    }
}
