/// A store whose objects can be had by an address that carries its own permission.
public protocol PresigningStore: ObjectStore {
    /// The longest life of such an address, in seconds.
    var longestLife: Int { get }

    /// Whether an address begins with a host that is this bucket's alone. Elsewhere, pages of other buckets have the same
    /// origin in a browser.
    var hasHostOfItsOwn: Bool { get }

    /// The address that gives out the object to whoever has it, for `seconds` from now: for a GET in which only the host
    /// is signed, so that any range may be asked for. Nothing is sent.
    func presignedAddress(
        of key: ObjectKey, seconds: Int
    ) async throws(ObjectStoreError) -> PresignedAddress

    /// What whoever has an address is answered, without any credentials: the status, and the first `byteCount` bytes or
    /// what there is.
    ///
    /// - Throws: where there is no answer.
    func open(address: String, byteCount: Int) async throws(ObjectStoreError) -> OpenedAddress
}

/// The answer to a request that anybody can send.
public struct OpenedAddress: Sendable {
    /// The HTTP status.
    public let status: Int
    public let bytes: [UInt8]
    /// What the server says, in its own words.
    public let words: String

    public init(status: Int, bytes: [UInt8], words: String) {
        self.status = status
        self.bytes = bytes
        self.words = words
    }
}

/// An address that carries its own permission: whoever has it can read the object until it ends.
public struct PresignedAddress: Sendable {
    public let url: String
    /// By the provider's clock, in seconds since 1970.
    public let ends: Int64
    /// Whether it ends sooner, with the temporary credentials that it was signed with.
    public let mayEndSooner: Bool

    public init(url: String, ends: Int64, mayEndSooner: Bool) {
        self.url = url
        self.ends = ends
        self.mayEndSooner = mayEndSooner
    }
}
