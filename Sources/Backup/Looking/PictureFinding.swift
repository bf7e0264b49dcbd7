internal import Crypto
internal import Glibc
internal import ObjectStore
internal import Replicator
internal import Vault

/// Finds out what cameras wrote into pictures: from the catalog, else from the disk, else from a replica.
struct PictureFinding {
    let vault: OpenVault
    let look: PictureLook
    /// The folders that a snapshot's paths begin with, by that name.
    private let roots: [[UInt8]: String]

    init(vault: OpenVault, look: PictureLook, collection: String) throws {
        self.vault = vault
        self.look = look
        roots = Dictionary(
            try look.sources(collection).map { (try $0.name().bytes, $0.path) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The facts of each file, in order; nil where its bytes could not be had.
    func facts(of entries: [Entry]) async throws -> [PictureFacts?] {
        var facts: [PictureFacts?] = []
        var unknown: [(place: Int, chunk: SHA256Digest, bytes: [UInt8])] = []
        for entry in entries {
            guard PictureFacts.canBeIn(entry.path), let first = try await vault.references(of: entry).first,
                let chunk = first.chunkID
            else {
                facts.append(PictureFacts())
                continue
            }
            facts.append(try vault.catalog.pictureFacts(of: chunk))
            guard facts[facts.count - 1] == nil, let bytes = try await beginning(of: entry, first) else {
                continue
            }
            unknown.append((facts.count - 1, chunk, bytes))
        }
        guard !unknown.isEmpty else { return facts }
        let read = try await look.read(unknown.map(\.bytes))
        try vault.catalog.record(zip(unknown, read).map { ($0.chunk, $1) })
        for (place, found) in zip(unknown.map(\.place), read) { facts[place] = found }
        return facts
    }

    private func beginning(of entry: Entry, _ first: Reference) async throws -> [UInt8]? {
        if let bytes = try await beginningOnDisk(of: entry) { return bytes }
        guard look.fetches else { return nil }
        return Array(try await vault.readContent(first).prefix(PictureLook.byteCount))
    }

    /// Of the file on the disk, where it is still there with the size and time of the snapshot.
    private func beginningOnDisk(of entry: Entry) async throws -> [UInt8]? {
        let bytes = entry.path.bytes
        let name = bytes.prefix { $0 != UInt8(ascii: "/") }
        guard let root = roots[Array(name)] else { return nil }
        let path = Array(root.utf8) + bytes.dropFirst(name.count)
        return try await BlockingWork.run { () -> [UInt8]? in
            let descriptor = open(
                path.map(CChar.init(bitPattern:)) + [0], O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            guard let status = try? FileStatus(of: descriptor), status.kind == .file,
                status.size == entry.size, status.modified == entry.modified
            else { return nil }
            var buffer = [UInt8](repeating: 0, count: min(Int(entry.size), PictureLook.byteCount))
            let count = pread(descriptor, &buffer, buffer.count, 0)
            return count == buffer.count ? buffer : nil
        }
    }
}

extension OpenVault {
    /// Reads and opens one chunk of content, from the first replica that has it right; its id is checked.
    ///
    /// - Throws: `ReplicaSetError` with every replica's failure.
    func readContent(_ reference: Reference) async throws -> [UInt8] {
        let reader = ChunkReader(vault: id, contentKey: keys.contentKey)
        var plaintext: [UInt8]?
        _ = try await replicas.get(
            ObjectName.pack(reference.pack).key, range: reference.range,
            maximumByteCount: Format.maximumPackByteCount,
            accept: { bytes in
                plaintext = bytes.withUnsafeBytes { try? reader.open($0, reference, role: .content) }
                return plaintext != nil
            })
        guard let plaintext else { preconditionFailure("an accepted answer was opened") }
        return plaintext
    }
}
