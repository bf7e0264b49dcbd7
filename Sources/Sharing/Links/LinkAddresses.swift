internal import Backup
internal import Crypto
internal import ObjectStore
internal import Vault

/// The provider that hands out the packs of a link, and their addresses.
struct LinkAddresses {
    let provider: String
    /// What signs the packs' addresses.
    let store: any PresigningStore
    /// What signs the address of a page beside the replica; nil where that is the page's own place.
    let pages: (any PresigningStore)?

    /// The first bucket, or the one of that name, that has all of these packs where they can be read at once.
    ///
    /// - Throws: `refused`; what finding its keys for links throws.
    init(
        of packs: [SHA256Digest], in vault: OpenVault, at places: LinkPlaces, preferring name: String? = nil
    ) throws {
        var buckets: [(index: Int, store: any PresigningStore)] = []
        for (index, store) in vault.replicas.stores.enumerated() {
            guard let store = store as? any PresigningStore, name == nil || store.name == name else {
                continue
            }
            buckets.append((index, store))
        }
        guard !buckets.isEmpty else {
            throw LinkError(
                .refused,
                name.map { "\($0) is no bucket of this vault" } ?? "no provider of this vault is a bucket",
                hint: "a link needs a bucket whose addresses a browser can ask")
        }
        // One that is known to refuse what a link is made of comes last: it may have changed its mind.
        let refusing = name == nil ? try vault.replicasWithoutPresigning() : []
        buckets =
            buckets.filter { !refusing.contains($0.index) } + buckets.filter { refusing.contains($0.index) }
        let whole = try buckets.first { bucket in
            let isCold = (bucket.store as? any BucketStore)?.isCold ?? false
            return try (packs.isEmpty || !isCold) && vault.has(packs, on: bucket.index)
        }
        guard let whole else {
            throw LinkError(
                .refused,
                "no bucket has all that is to be shared where it can be read at once: "
                    + buckets.map(\.store.name).joined(separator: ", "),
                hint: "photobackup verify shows what is missing, and heal puts it there")
        }
        let signing = try places.signing(whole.store.name)
        (provider, store, pages) = (whole.store.name, signing?.packs ?? whole.store, signing?.pages)
    }

    /// Whether the packs' addresses are signed with the key that signs now; those of another one may open nothing any
    /// more.
    func haveSigned(_ addresses: [String], of packs: [SHA256Digest]) async throws(ObjectStoreError) -> Bool {
        let own = try await presigned(Array(packs.prefix(1)), seconds: 60).map { Self.accessKey(of: $0.url) }
        return addresses.prefix(1).map { Self.accessKey(of: $0) } == own
    }

    /// As SigV4 has it in an address: "X-Amz-Credential=KEY/date/region/s3/aws4_request", escaped.
    private static func accessKey(of address: String) -> Substring? {
        let parameter = "X-Amz-Credential="
        return address.split(whereSeparator: { "?&".contains($0) }).first { $0.hasPrefix(parameter) }?
            .dropFirst(parameter.count).prefix { $0 != "%" }
    }

    /// Of each pack, for so many seconds.
    func presigned(
        _ packs: [SHA256Digest], seconds: Int
    ) async throws(ObjectStoreError) -> [PresignedAddress] {
        var addresses: [PresignedAddress] = []
        for pack in packs {
            addresses.append(
                try await store.presignedAddress(of: ObjectName.pack(pack).key, seconds: seconds))
        }
        return addresses
    }
}
