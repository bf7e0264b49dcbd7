/// A store that is a bucket: what buckets can do beyond keeping objects, where their provider can.
///
/// What a probe has found decides what is sent: `learn` hands it to the store, and until then nothing is sent
/// that a plain S3 service might refuse.
public protocol BucketStore: ProbedStore {
    /// For how many days every object is locked when it is put; nil for no lock.
    var lockDays: Int? { get }

    /// Whether packs go to a class that has to be asked for them, hours before it gives them back.
    var isCold: Bool { get }

    /// Takes what an earlier probe of this provider has found.
    func learn(_ answers: [ProbeAnswer])

    /// What the provider tells of an object beyond its size and checksum.
    func details(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectDetails

    /// Whether an object can be read now, tried with its first byte where nothing else is told.
    func availability(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectDetails.Availability

    /// The first announcement, since the store was made, that a rule of the bucket will delete something of the vault; nil
    /// where there was none.
    var announcedExpiry: AnnouncedExpiry? { get }

    /// Lets the object's lock end at `time`, in seconds since 1970. It never becomes shorter.
    func lock(_ key: ObjectKey, until time: Int64) async throws(ObjectStoreError)

    /// The locks that puts have set since this was last asked, and have not been told yet.
    func takeNewLocks() -> [(key: ObjectKey, until: Int64)]

    /// How many seconds the provider's clock is ahead of this machine's; nil where it does not tell its time.
    func clockDifference() async throws(ObjectStoreError) -> Int64?

    /// Asks for an object in cold storage to be readable for `days`. Asking again changes nothing.
    func requestRestore(_ key: ObjectKey, days: Int) async throws(ObjectStoreError)
}

/// How a provider keeps an object; nil where it tells nothing.
public struct ObjectDetails: Hashable, Sendable {
    /// Whether an object can be read now.
    public enum Availability: Hashable, Sendable {
        case readable
        /// In cold storage, and nobody has asked for it.
        case cold
        /// Asked for, and not there yet.
        case returning
    }

    public var storageClass: String?
    public var availability: Availability
    /// The end of its lock, in seconds since 1970.
    public var lockedUntil: Int64?
    /// What the provider announces for it.
    public var expiry: AnnouncedExpiry?

    public init(
        storageClass: String? = nil, availability: Availability = .readable, lockedUntil: Int64? = nil
    ) {
        self.storageClass = storageClass
        self.availability = availability
        self.lockedUntil = lockedUntil
    }
}
