internal import Backup
internal import ObjectStore

/// Opens a link's addresses once, as whoever gets the link will, before it is given to anybody.
struct LinkTrial {
    private let place: any PresigningStore
    private let packs: any PresigningStore
    /// Whether the page has an address of its own, which this machine need not be able to reach.
    private let isPublished: Bool
    private let warn: WarningHandler

    init(
        _ publication: LinkPublication, packs: any PresigningStore, isPublished: Bool,
        warn: @escaping WarningHandler
    ) {
        (place, self.packs) = (publication.place, packs)
        (self.isPublished, self.warn) = (isPublished, warn)
    }

    /// - Throws: `LinkError` where an address is refused, or gives out something else; `ObjectStoreError` where nobody
    ///   answers.
    func run(_ outcome: LinkPublication.Outcome) async throws {
        try await openPage(outcome)
        guard let pack = outcome.packAddress else { return }
        let opened = try await packs.open(address: pack, byteCount: 1)
        guard (200..<300).contains(opened.status) else {
            throw LinkError(
                .refused,
                "\(packs.name) refuses the address of a pack (HTTP \(opened.words)); no link was made",
                hint: Self.otherProvider)
        }
    }

    private func openPage(_ outcome: LinkPublication.Outcome) async throws {
        let opened: OpenedAddress
        do {
            opened = try await place.open(address: outcome.address, byteCount: outcome.html.count + 1)
        } catch {
            guard isPublished, error.code != .cancelled else { throw error }
            return warn(
                Warning(
                    what: "link", why: "its page cannot be opened from here: \(error.reason)",
                    hint: "open it once yourself before you send it"))
        }
        guard (200..<300).contains(opened.status) else {
            throw LinkError(
                .refused,
                "\(place.name) refuses the address of the link's page (HTTP \(opened.words)); no link was made",
                hint: isPublished
                    ? "check url under [share], and that everybody may read there" : Self.otherProvider)
        }
        guard opened.bytes == outcome.html else {
            throw LinkError(
                .refused, "the address of the link's page gives out something else; no link was made",
                hint: isPublished
                    ? "check url under [share]: it must lead to what is stored at that place"
                    : Self.otherProvider)
        }
    }

    private static let otherProvider =
        "name another provider with --provider: photobackup provider probe shows which know presigned addresses"
}
