public import ObjectStore

/// Where pages of links are put.
public struct LinkPlaces: Sendable {
    /// A place of the owner's that everybody may read, and its address there, without a slash at its end.
    public struct Published: Sendable {
        public let store: any PresigningStore
        public let address: String

        public init(store: any PresigningStore, address: String) {
            self.store = store
            self.address = address
        }
    }

    /// What signs addresses at a provider with keys that are for nothing else: once they are taken back there, no link
    /// opens anything any more.
    public struct Signing: Sendable {
        public let packs: any PresigningStore
        /// Of pages beside the replica.
        public let pages: any PresigningStore

        public init(packs: any PresigningStore, pages: any PresigningStore) {
            self.packs = packs
            self.pages = pages
        }
    }

    /// The `[share]` location, if there is one.
    public var published: Published?
    /// The folder for pages beside the replica of the provider of that name; nil where it has none.
    public var beside: @Sendable (_ provider: String) throws -> (any PresigningStore)?
    /// The keys for links of the provider of that name; nil where its everyday ones sign.
    public var signing: @Sendable (_ provider: String) throws -> Signing?

    public init(
        published: Published?,
        beside: @escaping @Sendable (_ provider: String) throws -> (any PresigningStore)?,
        signing: @escaping @Sendable (_ provider: String) throws -> Signing? = { _ in nil }
    ) {
        self.published = published
        self.beside = beside
        self.signing = signing
    }
}

/// The names of a share's objects in its place.
struct LinkObjects {
    let page: ObjectKey
    let manifest: ObjectKey

    init(_ id: ShareID) {
        guard let page = ObjectKey("\(id.hex).html"), let manifest = ObjectKey("\(id.hex).manifest") else {
            preconditionFailure("hexadecimal digits make a name")
        }
        self.page = page
        self.manifest = manifest
    }
}
