internal import Crypto
internal import Foundation
internal import SwiftProtobuf

// Between the stored messages and the types that the rest of the program works with. Every length is checked
// here, once.

extension SwiftProtobuf.Message {
    var encoded: [UInt8] {
        guard let bytes: [UInt8] = try? serializedBytes() else {
            preconditionFailure("a message without required fields is always encodable")
        }
        return bytes
    }

    /// - Throws: `malformed`.
    init(decoding bytes: [UInt8], subject: String) throws(VaultError) {
        do {
            self = try Self(serializedBytes: bytes)
        } catch {
            throw VaultError(.malformed, subject, "it does not parse")
        }
    }

    /// Reads the outermost message of an object, which holds what is signed and the signature.
    ///
    /// Nothing protects this message itself, so only the one way to write it is taken: else anybody could make
    /// the same signed content into objects of other names.
    ///
    /// - Throws: `malformed`.
    init(decodingEnvelope bytes: [UInt8], subject: String) throws(VaultError) {
        try self.init(decoding: bytes, subject: subject)
        guard unknownFields.data.isEmpty, encoded == bytes else {
            throw VaultError(.malformed, subject, "it is not written as the format says")
        }
    }
}

extension ProtoReference {
    init(_ reference: Reference) {
        pack = Data(reference.pack.bytes)
        offset = reference.offset
        length = reference.length
        key = reference.key.withUnsafeBytes { Data($0) }
        if let id = reference.chunkID { chunkID = Data(id.bytes) }
        plaintextSize = reference.plaintextByteCount
        compression = reference.isCompressed ? .zstd : .none
    }
}

extension Reference {
    init(_ stored: ProtoReference) throws(VaultError) {
        guard let pack = SHA256Digest([UInt8](stored.pack)),
            let key = ChunkKey([UInt8](stored.key).span.bytes),
            stored.chunkID.isEmpty || stored.chunkID.count == SHA256Digest.byteCount,
            UInt64(stored.offset) + UInt64(stored.length) <= UInt64(Format.maximumPackByteCount),
            SealedChunk.plaintextByteCount(sealedByteCount: Int(stored.length)) != nil,
            stored.plaintextSize <= Format.chunkByteCount,
            stored.compression == .none || stored.compression == .zstd
        else { throw VaultError(.malformed, "reference", "a field is missing or out of range") }
        self.init(
            pack: pack, offset: stored.offset, length: stored.length, key: key,
            chunkID: SHA256Digest([UInt8](stored.chunkID)), plaintextByteCount: stored.plaintextSize,
            isCompressed: stored.compression == .zstd)
    }
}

extension ProtoEntry {
    init(_ entry: Entry) {
        path = Data(entry.path.bytes)
        switch entry.kind {
        case .file: kind = .file
        case .directory: kind = .directory
        case .symbolicLink: kind = .symbolicLink
        }
        size = entry.size
        modified = entry.modified
        changed = entry.changed
        inode = entry.inode
        mode = entry.mode
        owner = entry.owner
        group = entry.group
        ownerID = entry.ownerID
        groupID = entry.groupID
        extendedAttributes = entry.extendedAttributes.map { attribute in
            var stored = ProtoExtendedAttribute()
            stored.name = Data(attribute.name)
            stored.value = Data(attribute.value)
            return stored
        }
        linkTarget = Data(entry.linkTarget)
        content = entry.content.map(ProtoReference.init)
        contentLists = entry.contentLists.map(ProtoReference.init)
        if let id = entry.contentID { contentID = Data(id.bytes) }
        links = entry.linkCount
    }
}

extension Entry {
    init(_ stored: ProtoEntry) throws(VaultError) {
        guard let path = EntryPath(stored.path) else {
            throw VaultError(.malformed, "entry", "its path is none")
        }
        switch stored.kind {
        case .file: self.init(path: path, kind: .file)
        case .directory: self.init(path: path, kind: .directory)
        case .symbolicLink: self.init(path: path, kind: .symbolicLink)
        default: throw VaultError(.malformed, "entry", "it is neither file, folder nor link")
        }
        size = stored.size
        modified = stored.modified
        changed = stored.changed
        inode = stored.inode
        mode = stored.mode & 0o7777
        owner = stored.owner
        group = stored.group
        ownerID = stored.ownerID
        groupID = stored.groupID
        extendedAttributes = stored.extendedAttributes.map {
            ExtendedAttribute(name: [UInt8]($0.name), value: [UInt8]($0.value))
        }
        linkTarget = [UInt8](stored.linkTarget)
        for reference in stored.content { content.append(try Reference(reference)) }
        for list in stored.contentLists { contentLists.append(try Reference(list)) }
        contentID = SHA256Digest([UInt8](stored.contentID))
        linkCount = stored.links
        guard contentID != nil || stored.contentID.isEmpty else {
            throw VaultError(.malformed, "entry", "its content id has the wrong length")
        }
        let inlineByteCount = content.reduce(0) { $0 + UInt64($1.plaintextByteCount) }
        // A size that its lists could not hold would be reckoned with long before they are read.
        let listed = UInt64(contentLists.count * Format.referencesInList * Format.chunkByteCount)
        guard kind == .file || (content.isEmpty && contentLists.isEmpty),
            contentLists.isEmpty
                ? inlineByteCount == (kind == .file ? size : 0) : content.isEmpty && size <= listed
        else { throw VaultError(.malformed, "entry", "its content does not add up to its size") }
    }
}
