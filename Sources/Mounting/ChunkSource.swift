internal import Backup
internal import Crypto
internal import Vault

/// The chunks of content that were read lately, opened: each is fetched once for all who read it at the same time.
///
/// Memory: 64 MiB of content, and up to 12 sealed chunks on their way.
struct ChunkSource: Sendable {
    struct Place: Hashable {
        let pack: SHA256Digest
        let offset: UInt32
    }

    private let reader: VaultReader
    private let chances: SecondChances
    private let cache = LoadingCache<Place, [UInt8]>(byteLimit: 64 << 20, loadLimit: 12)

    init(_ reader: VaultReader, _ chances: SecondChances) {
        self.reader = reader
        self.chances = chances
    }

    /// A chunk's content, from the first replica that has it right.
    ///
    /// - Throws: `ReplicaSetError`, `CancellationError`.
    func content(_ reference: Reference) async throws -> [UInt8] {
        try await cache.value(
            for: Place(reference), byteCount: Int(reference.plaintextByteCount), load: load(reference))
    }

    /// Begins to fetch a chunk that will be read next.
    func prepare(_ reference: Reference) {
        cache.prepare(
            Place(reference), byteCount: Int(reference.plaintextByteCount), load: load(reference))
    }

    private func load(_ reference: Reference) -> @Sendable () async throws -> [UInt8] {
        { [reader, chances] in
            chances.give()
            return try await reader.readContent(reference)
        }
    }
}

extension ChunkSource.Place {
    init(_ reference: Reference) { self.init(pack: reference.pack, offset: reference.offset) }
}
