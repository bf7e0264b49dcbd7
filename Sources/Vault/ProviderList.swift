public import Crypto
internal import FoundationEssentials

/// Where the replicas of a vault are, and the everyday credentials to reach them: sealed in each of them, so that a new
/// machine that reaches one finds the others.
///
/// Never holds credentials that may delete: what `prune_profile` names does not come here.
public struct ProviderList: Sendable {
    /// Refused above this.
    public static let maximumByteCount = 1 << 20

    public let sequence: UInt32
    public let providers: [Provider]

    /// One of the places: a bucket, or else a directory.
    public struct Provider: Sendable, Hashable, Codable {
        public var name: String
        public var endpoint: String?
        public var region: String?
        public var bucket: String?
        public var prefix: String?
        /// `path` or `virtual`.
        public var addressing: String?
        /// Of a directory, on the machine that wrote the list.
        public var path: String?
        public var accessKeyID: String?
        public var secretAccessKey: String?

        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }

        public init(
            name: String, endpoint: String, region: String, bucket: String, prefix: String, addressing: String
        ) {
            self.name = name
            self.endpoint = endpoint
            self.region = region
            self.bucket = bucket
            self.prefix = prefix
            self.addressing = addressing
        }

        enum CodingKeys: String, CodingKey {
            case name, endpoint, region, bucket, prefix, addressing, path
            case accessKeyID = "access_key_id"
            case secretAccessKey = "secret_access_key"
        }
    }

    private struct Stored: Codable {
        let format: UInt32
        let sequence: UInt32
        let created: String
        let providers: [Provider]
    }

    /// The stored object of a list that takes the place of those with a lower sequence.
    public static func seal(
        _ providers: [Provider], sequence: UInt32, created: UTCTime, keys: VaultKeys
    ) -> (name: ObjectName, bytes: [UInt8]) {
        let stored = Stored(
            format: Format.version, sequence: sequence, created: created.iso8601, providers: providers)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let plaintext = try? encoder.encode(stored) else {
            preconditionFailure("texts and numbers are always encodable")
        }
        let bytes = SealedMessage.seal(
            [UInt8](plaintext), under: keys.providersKey, vault: keys.vault, role: .providers)
        return (.providers(sequence: sequence, SHA256.hash(bytes)), bytes)
    }

    /// Reads the stored object whose name says that it has this sequence.
    ///
    /// - Throws: `malformed`, `notAuthentic`, `newerFormat`.
    public init(
        _ bytes: [UInt8], sequence: UInt32, keys: VaultKeys, subject: String
    ) throws(VaultError) {
        let plaintext = try SealedMessage.open(
            bytes, under: keys.providersKey, vault: keys.vault, role: .providers, subject: subject)
        guard plaintext.count <= Self.maximumByteCount,
            let format = try? JSONDecoder().decode(FormatOnly.self, from: Data(plaintext)).format
        else { throw VaultError(.malformed, subject, "it is no list of providers") }
        guard format > 0, format <= Format.version else {
            throw VaultError(
                .newerFormat, subject, "it has format \(format); this program reads \(Format.version)")
        }
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(plaintext)) else {
            throw VaultError(.malformed, subject, "it is no list of providers")
        }
        guard stored.sequence == sequence else {
            throw VaultError(.notAuthentic, subject, "it is another list than its name says")
        }
        self.sequence = stored.sequence
        providers = stored.providers
    }

    private struct FormatOnly: Decodable {
        let format: UInt32
    }

    /// What tells one list's content from another's, and nothing about it.
    public static func fingerprint(_ providers: [Provider], keys: VaultKeys) -> SHA256Digest {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let content = try? encoder.encode(providers) else {
            preconditionFailure("texts are always encodable")
        }
        return HMACSHA256.authenticate([UInt8](content).span.bytes, key: keys.providersKey)
    }
}

extension ProviderList.Provider: CustomStringConvertible, CustomReflectable {
    // The credentials never show.
    public var description: String { "provider \(name)" }
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
