internal import Crypto
internal import Foundation
internal import Vault

/// How a manifest is sealed, opened and checked.
extension ShareManifest {
    /// The JSON has at most so many bytes.
    static let maximumByteCount = 64 << 20
    private static let role: UInt8 = 6

    /// Compressed and sealed as one chunk, bound to the share.
    ///
    /// - Throws: `refused` where it is too long.
    func sealed(key: SecretBytes, id: ShareID) throws(LinkError) -> [UInt8] {
        let json = json
        guard json.count <= Self.maximumByteCount else {
            throw LinkError(
                .refused, "the list of \(files.count) files is too long for one link",
                hint: "share fewer files, or folder by folder")
        }
        let frame = ZstdFrame.compress(json)
        let count = SealedChunk.sealedByteCount(plaintextByteCount: frame.count)
        return [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            frame.withUnsafeBytes {
                SealedChunk.seal(
                    $0, key: Self.chunkKey(key), associatedData: Self.associatedData(id),
                    into: UnsafeMutableRawBufferPointer(output))
            }
            initialized = count
        }
    }

    /// With sorted names and no spaces.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(self) else {
            preconditionFailure("texts and numbers are always encodable")
        }
        return [UInt8](bytes)
    }

    /// Opens and checks a manifest: what comes out of here can be relied on.
    ///
    /// - Throws: `notOpened` for anything but the very bytes that were sealed for this share, `newerFormat`, `malformed`.
    init(opening sealed: [UInt8], key: SecretBytes, id: ShareID) throws(LinkError) {
        let frame = try Self.open(sealed, key, id)
        guard let json = try? ZstdFrame.decompress(frame, maximumByteCount: Self.maximumByteCount) else {
            throw LinkError(.malformed, "the list of files does not decompress")
        }
        struct Version: Decodable { let format: Int }
        let version = try? JSONDecoder().decode(Version.self, from: Data(json))
        guard version?.format ?? 1 <= 1 else {
            throw LinkError(
                .newerFormat, "the share's list is of a later format", hint: "a newer program opens it")
        }
        guard let manifest = try? JSONDecoder().decode(ShareManifest.self, from: Data(json)) else {
            throw LinkError(.malformed, "the list of files is none")
        }
        try manifest.check()
        self = manifest
    }

    private static func open(
        _ sealed: [UInt8], _ key: SecretBytes, _ id: ShareID
    ) throws(LinkError) -> [UInt8] {
        let failure = LinkError(
            .notOpened, "the link does not open what is there: it was altered, or is another share's",
            hint: "compare the link with the one you were given")
        guard let count = SealedChunk.plaintextByteCount(sealedByteCount: sealed.count) else {
            throw failure
        }
        var frame = [UInt8](repeating: 0, count: count)
        let isOpen = frame.withUnsafeMutableBytes { output in
            sealed.withUnsafeBytes { sealed in
                (try? SealedChunk.open(
                    sealed, key: chunkKey(key), associatedData: associatedData(id), into: output)) != nil
            }
        }
        guard isOpen else { throw failure }
        return frame
    }

    private static func chunkKey(_ key: SecretBytes) -> ChunkKey {
        guard let chunkKey = key.withBytes({ ChunkKey($0) }) else {
            preconditionFailure("shareKey has 32 bytes")
        }
        return chunkKey
    }

    /// As a chunk's, with the share in the vault's place, and a role that nothing else has.
    private static func associatedData(_ id: ShareID) -> [UInt8] {
        [UInt8(Format.version)] + id.bytes + [role]
    }
}

extension ShareManifest {
    /// - Throws: `malformed` with what is wrong.
    private func check() throws(LinkError) {
        func demand(_ condition: Bool, _ what: String) throws(LinkError) {
            guard condition else { throw LinkError(.malformed, "the list of files is wrong: \(what)") }
        }
        try demand(VaultID(hex: vault) != nil, "it names no vault")
        for pack in packs {
            try demand(pack.hasPrefix("https://") || pack.hasPrefix("http://"), "an address is none")
        }
        var names: Set<String> = []
        for file in files {
            try demand(ShareName.isValid(file.name), "a name is none")
            // By bytes: two spellings of one letter are two names.
            try demand(names.insert(Array(file.name.utf8).hex).inserted, "two files have one name")
            try demand(file.size >= 0, "a size is none")
            for chunk in (file.content ?? [])
                + [file.thumbnail?.chunk, file.preview?.chunk].compactMap(\.self)
            {
                try demand(
                    packs.indices.contains(chunk.pack) && chunk.reference != nil, "a reference is none")
            }
            guard let content = file.content else { continue }
            // Checked sizes: at most 4 MiB each.
            try demand(content.reduce(0) { $0 + $1.size } == file.size, "a file's parts do not add up")
        }
    }
}
