internal import Crypto
internal import GRDB
internal import Vault

/// What a camera wrote into a picture.
public struct PictureFacts: Hashable, Sendable {
    /// By the camera's clock, which knows no zone: the seconds since 1970 of a clock in UTC that shows the same.
    public var taken: Int64?
    /// Maker and model.
    public var camera: String?

    public init(taken: Int64? = nil, camera: String? = nil) {
        self.taken = taken
        self.camera = camera
    }
}

/// Where the beginnings of pictures come from, and who reads them.
public struct PictureLook: Sendable {
    /// How many bytes of a picture are looked at.
    public static let byteCount = 512 << 10

    /// Where a collection's folders are on this machine's disk.
    public var sources: @Sendable (_ collection: String) -> [SourceRoot]
    /// Whether what is not on the disk is fetched from a replica.
    public var fetches: Bool
    /// The facts of pictures by their first bytes, in order; empty facts where there are none. The bytes are not to be
    /// trusted.
    public var read: @Sendable ([[UInt8]]) async throws -> [PictureFacts]

    public init(
        sources: @escaping @Sendable (String) -> [SourceRoot], fetches: Bool,
        read: @escaping @Sendable ([[UInt8]]) async throws -> [PictureFacts]
    ) {
        self.sources = sources
        self.fetches = fetches
        self.read = read
    }
}

extension PictureFacts {
    private static let extensions = Set(
        """
        jpg jpeg heic heif hif tif tiff dng nef nrw cr2 cr3 arw srf sr2 raf orf rw2 rwl pef srw 3fr fff iiq mos mrw kdc dcr erf
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// Whether a file of that name can have any.
    static func canBeIn(_ path: EntryPath) -> Bool {
        let name = path.components[path.components.count - 1]
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return extensions.contains(String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased())
    }
}

extension Catalog {
    /// What is known of the picture that begins with this chunk; nil where nobody has looked.
    func pictureFacts(of chunk: SHA256Digest) throws -> PictureFacts? {
        try database.read {
            try Row.fetchOne(
                $0, sql: "SELECT taken, camera FROM picture WHERE chunk = ?", arguments: [Blob(chunk.bytes)])
        }.map { PictureFacts(taken: $0[0], camera: $0[1]) }
    }

    func record(_ facts: [(chunk: SHA256Digest, facts: PictureFacts)]) throws {
        try database.write { database in
            for (chunk, facts) in facts {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO picture (chunk, taken, camera) VALUES (?, ?, ?)",
                    arguments: [Blob(chunk.bytes), facts.taken, facts.camera])
            }
        }
    }
}
