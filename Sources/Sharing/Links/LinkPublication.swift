internal import Backup
internal import Crypto
internal import ObjectStore
internal import Vault

/// Puts a share's page, and where it lies beside, its manifest, so that whoever has the link can open it.
struct LinkPublication {
    let id: ShareID
    let key: SecretBytes
    let header: ShareHeader
    /// Where the page goes.
    let place: any PresigningStore
    /// The address of the place; nil where pages are presigned.
    let address: String?

    /// What was put.
    struct Outcome {
        /// The page's, without the fragment.
        let address: String
        /// When it cannot be opened any more unless it is renewed, in seconds since 1970.
        let ends: Int64
        let mayEndSooner: Bool
        let html: [UInt8]
        /// The address of one of the packs, where there are any.
        let packAddress: String?
        /// Whether the page lies elsewhere than the packs.
        let needsCORS: Bool
    }

    /// Gives the packs addresses that last for `seconds`, and puts what shows them. The manifest comes last: a page that
    /// is there alone shows nothing, and one whose manifest is new needs its new list of hosts.
    ///
    /// - Throws: `LinkError`, `ObjectStoreError`.
    func put(
        _ manifest: ShareManifest, packs: [SHA256Digest], at addresses: LinkAddresses, seconds: Int
    ) async throws -> Outcome {
        let presigned = try await addresses.presigned(packs, seconds: seconds)
        // The page's own address ends last, so that what it opens tells what has ended.
        let page =
            address == nil
            ? try await (addresses.pages ?? place).presignedAddress(
                of: LinkObjects(id).page, seconds: seconds)
            : nil
        let ends =
            (presigned + [page].compactMap(\.self)).map(\.ends).min()
            ?? UTCTime.now().advanced(bySeconds: Int64(seconds)).secondsSince1970
        var manifest = manifest
        manifest.packs = presigned.map(\.url)
        manifest.expires = ends
        let sealed = try manifest.sealed(key: key, id: id)
        let isBeside = header.manifest != nil
        let html = SharePage(header: header, manifest: isBeside ? [] : sealed).html(packs: manifest.packs)
        let objects = LinkObjects(id)
        try await place.put(objects.page, html)
        if isBeside { try await place.put(objects.manifest, sealed) }
        let pageAddress = page?.url ?? "\(address ?? "")/\(objects.page)"
        return Outcome(
            address: pageAddress, ends: ends,
            mayEndSooner: (presigned + [page].compactMap(\.self)).contains(where: \.mayEndSooner),
            html: html, packAddress: manifest.packs.first,
            needsCORS: manifest.packs.contains { SharePage.origin($0) != SharePage.origin(pageAddress) })
    }

    /// Takes away what was put.
    static func remove(_ id: ShareID, from place: any PresigningStore) async throws(ObjectStoreError) {
        try await end(id, at: place)
        try await place.delete(LinkObjects(id).page)
    }

    /// Takes away what a page at a stable address shows. The page holds no secret, and stays to tell whoever comes back
    /// that the photos are no longer shared: where nothing is, a provider answers with a page of codes.
    static func end(_ id: ShareID, at place: any PresigningStore) async throws(ObjectStoreError) {
        try await place.delete(LinkObjects(id).manifest)
    }
}
