public import Crypto
public import ObjectStore

/// Every object of a replica by what it is: the one place that knows the layout.
///
/// The SHA-256 in a name is that of the object's bytes.
public enum ObjectName: Hashable, Sendable {
    case readme
    case keyring(sequence: UInt32, SHA256Digest)
    case providers(sequence: UInt32, SHA256Digest)
    case collection(CollectionID, sequence: UInt32, SHA256Digest)
    case pack(SHA256Digest)
    case metaPack(SHA256Digest)
    case inventory(UTCTime, SHA256Digest)
    case snapshot(CollectionID, UTCTime, SHA256Digest)
    case tombstone(UTCTime, SHA256Digest)
    case record(UTCTime, SHA256Digest)
    case grant(String, SHA256Digest)

    public static let keyringPrefix = "keyring/"
    public static let providersPrefix = "providers/"
    public static let collectionsPrefix = "collections/"
    public static let packsPrefix = "packs/"
    public static let metaPrefix = "meta/"
    public static let inventoryPrefix = "inventory/"
    public static let snapshotsPrefix = "snapshots/"
    public static let tombstonesPrefix = "tombstones/"
    public static let recordsPrefix = "records/"
    public static let grantsPrefix = "grants/"

    /// The folders of small objects, in the order in which a replica is filled: what opens things first, the
    /// statements about packs before the snapshots that rely on them.
    public static let smallObjectPrefixes = [
        keyringPrefix, providersPrefix, collectionsPrefix, tombstonesPrefix, recordsPrefix, grantsPrefix,
        inventoryPrefix, snapshotsPrefix,
    ]

    /// Beside the replica, and no part of it: pages of links that have no place of their own.
    public static let sharesPrefix = "shares/"

    /// Every folder of a replica.
    public static let folders = smallObjectPrefixes + [packsPrefix, metaPrefix]

    public var key: ObjectKey {
        let text: String
        switch self {
        case .pack(let digest): return ObjectKey(folder: "packs", digest: digest)
        case .metaPack(let digest): return ObjectKey(folder: "meta", digest: digest)
        case .readme: return .readme
        case .keyring(let sequence, let digest):
            text = "keyring/\(Self.digits(sequence))-\(digest.hex).json"
        case .providers(let sequence, let digest):
            text = "providers/\(Self.digits(sequence))-\(digest.hex)"
        case .collection(let id, let sequence, let digest):
            text = "collections/\(id.hex)/\(Self.digits(sequence))-\(digest.hex)"
        case .inventory(let time, let digest): text = "inventory/\(time)-\(digest.hex)"
        case .snapshot(let id, let time, let digest):
            text = "snapshots/\(id.hex)/\(time)-\(digest.hex)"
        case .tombstone(let time, let digest): text = "tombstones/\(time)-\(digest.hex)"
        case .record(let time, let digest): text = "records/\(time)-\(digest.hex)"
        case .grant(let id, let digest): text = "grants/\(id)-\(digest.hex)"
        }
        guard let key = ObjectKey(text) else { preconditionFailure("no object key: \(text)") }
        return key
    }

    /// What `key` names; nil for a stray.
    public init?(_ key: ObjectKey) {
        if key == .readme {
            self = .readme
            return
        }
        let parts = key.rawValue.split(separator: "/", omittingEmptySubsequences: false)
        guard let folder = parts.first, let last = parts.last, parts.count >= 2 else { return nil }
        switch (folder, parts.count) {
        case ("packs", 3), ("meta", 3):
            guard let digest = SHA256Digest(hex: last), last.hasPrefix(parts[1]), parts[1].count == 2 else {
                return nil
            }
            self = folder == "packs" ? .pack(digest) : .metaPack(digest)
        case ("keyring", 2):
            guard last.hasSuffix(".json"), let (sequence, digest) = Self.sequenced(last.dropLast(5)) else {
                return nil
            }
            self = .keyring(sequence: sequence, digest)
        case ("providers", 2):
            guard let (sequence, digest) = Self.sequenced(last) else { return nil }
            self = .providers(sequence: sequence, digest)
        case ("collections", 3):
            guard let id = CollectionID(hex: parts[1]), let (sequence, digest) = Self.sequenced(last) else {
                return nil
            }
            self = .collection(id, sequence: sequence, digest)
        case ("snapshots", 3):
            guard let id = CollectionID(hex: parts[1]), let (time, digest) = Self.timed(last) else {
                return nil
            }
            self = .snapshot(id, time, digest)
        case ("inventory", 2), ("tombstones", 2), ("records", 2):
            guard let (time, digest) = Self.timed(last) else { return nil }
            self =
                folder == "inventory"
                ? .inventory(time, digest)
                : folder == "records" ? .record(time, digest) : .tombstone(time, digest)
        case ("grants", 2):
            guard let (id, digest) = Self.split(last) else { return nil }
            self = .grant(String(id), digest)
        default:
            return nil
        }
    }

    /// The hash of the object's bytes; nil for README.txt alone.
    public var digest: SHA256Digest? {
        switch self {
        case .readme: nil
        case .keyring(_, let digest), .providers(_, let digest), .collection(_, _, let digest),
            .pack(let digest), .metaPack(let digest), .inventory(_, let digest),
            .snapshot(_, _, let digest), .tombstone(_, let digest), .record(_, let digest),
            .grant(_, let digest):
            digest
        }
    }

    /// Of what is numbered: the greatest takes the place of the others.
    public var sequence: UInt32? {
        switch self {
        case .keyring(let sequence, _), .providers(let sequence, _), .collection(_, let sequence, _): sequence
        default: nil
        }
    }

    private static func digits(_ sequence: UInt32) -> String {
        let text = String(sequence)
        return String(repeating: "0", count: max(0, 10 - text.count)) + text
    }

    private static func split(_ text: Substring) -> (Substring, SHA256Digest)? {
        guard let digest = SHA256Digest(hex: text.suffix(64)) else { return nil }
        let rest = text.dropLast(64)
        guard rest.last == "-", rest.count > 1 else { return nil }
        return (rest.dropLast(), digest)
    }

    private static func sequenced(_ text: Substring) -> (UInt32, SHA256Digest)? {
        guard let (head, digest) = split(text), let sequence = UInt32(head), digits(sequence) == head else {
            return nil
        }
        return (sequence, digest)
    }

    private static func timed(_ text: Substring) -> (UTCTime, SHA256Digest)? {
        guard let (head, digest) = split(text), let time = UTCTime(head) else { return nil }
        return (time, digest)
    }
}
