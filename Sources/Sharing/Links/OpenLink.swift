public import Crypto
public import Vault

/// A link that someone was given, opened without a browser.
public struct OpenedLink: Sendable {
    public struct File: Sendable {
        public let name: String
        /// Of the original.
        public let byteCount: Int
        /// Whether the link gives out the original, and not only a preview.
        public let hasContent: Bool
    }

    let manifest: ShareManifest
    /// Where chunks are bound to.
    let vault: VaultID
    let allowsLocalAddresses: Bool

    public var title: String? { manifest.title }
    /// When the addresses end.
    public var ends: UTCTime? { manifest.expires.map { UTCTime(secondsSince1970: $0) } }

    public var files: [File] {
        manifest.files.map { File(name: $0.name, byteCount: $0.size, hasContent: $0.content != nil) }
    }

    /// A page with the longest manifest in it, and some more.
    private static let maximumPageByteCount = 96 << 20

    /// Opens a link: fetches its page and its list of files, and checks both.
    ///
    /// - Parameters:
    ///   - allowsLocalAddresses: whether it, and what it names, may be in this machine's own networks.
    ///   - password: asked for where the link has one.
    /// - Throws: `LinkError`; what `password` throws.
    public init(
        link: String, allowsLocalAddresses: Bool, password: @Sendable () async throws -> SecretBytes
    ) async throws {
        self.allowsLocalAddresses = allowsLocalAddresses
        guard let hash = link.firstIndex(of: "#"), link.hasPrefix("https://") || link.hasPrefix("http://")
        else {
            throw LinkError(
                .malformed, "it is no link of shared photos: an address, a #, and 44 letters",
                hint: "put it in quotes, so that the shell leaves it whole")
        }
        let address = String(link[..<hash])
        let fragment = try ShareFragment(parsing: link[link.index(after: hash)...])
        let fetching = LinkFetching(allowsLocalAddresses: allowsLocalAddresses)
        let page = try SharePage(
            parsing: await fetching.whole(address, maximumByteCount: Self.maximumPageByteCount))
        let key = try await Self.key(fragment, page.header, password)
        var sealed = page.manifest
        if let name = page.header.manifest {
            sealed = try await fetching.whole(
                Self.beside(address, name), maximumByteCount: Self.maximumPageByteCount)
        }
        manifest = try ShareManifest(opening: sealed, key: key, id: page.header.id)
        guard let vault = VaultID(hex: manifest.vault) else {
            preconditionFailure("a manifest that was opened names a vault")
        }
        self.vault = vault
    }

    private static func key(
        _ fragment: ShareFragment, _ header: ShareHeader,
        _ password: @Sendable () async throws -> SecretBytes
    ) async throws -> SecretBytes {
        guard let stretching = header.password else {
            return ShareKey.make(secret: fragment.secret, id: header.id)
        }
        let given = try await password()
        let (key, check) = try await LinkWork.run { () throws(LinkError) in
            try ShareKey.make(
                secret: fragment.secret, id: header.id, password: given, passes: stretching.passes,
                memoryByteCount: stretching.memoryByteCount)
        }
        guard constantTimeEqual(check.span.bytes, stretching.check.span.bytes) else {
            throw LinkError(
                .wrongPassword, "the password does not open this link",
                hint: "it is the one that the link's giver told you, besides the link")
        }
        return key
    }

    /// The address of an object beside the page: a query belongs to the page alone.
    private static func beside(_ address: String, _ name: String) -> String {
        let path = address.prefix { $0 != "?" }
        return path[...(path.lastIndex(of: "/") ?? path.startIndex)] + name
    }
}
