internal import Crypto
internal import SwiftProtobuf

// Between a snapshot's stored body and the type that the rest of the program works with.

extension ProtoHead {
    init(_ head: Head) {
        collectionID = .init(head.collection.bytes)
        deviceID = .init(head.device.bytes)
        snapshot = head.snapshot.description
    }
}

extension Head {
    /// nil for what is no head: heads are hints of what somebody saw, and one that does not parse says nothing.
    init?(_ stored: ProtoHead) {
        guard let collection = CollectionID(stored.collectionID), let device = DeviceID(stored.deviceID),
            let snapshot = SnapshotID(stored.snapshot)
        else { return nil }
        self.init(collection: collection, device: device, snapshot: snapshot)
    }
}

extension ProtoUnreadableFile {
    init(_ file: Snapshot.Unreadable) {
        path = .init(file.path.bytes)
        reason = file.reason
    }
}

extension Snapshot.Unreadable {
    init(_ stored: ProtoUnreadableFile, subject: String) throws(VaultError) {
        guard let path = EntryPath(stored.path) else {
            throw VaultError(.malformed, subject, "it names an unreadable file that has no path")
        }
        self.init(path: path, reason: stored.reason)
    }
}

extension ProtoSnapshotBody {
    init(_ snapshot: Snapshot) {
        deviceID = .init(snapshot.device.bytes)
        host = snapshot.host
        collectionName = snapshot.collectionName
        started = snapshot.started
        finished = snapshot.finished
        tags = snapshot.tags
        fileCount = UInt64(snapshot.fileCount)
        directoryCount = UInt64(snapshot.directoryCount)
        linkCount = UInt64(snapshot.linkCount)
        byteCount = snapshot.byteCount
        pages = snapshot.pages.map { page in
            var stored = ProtoPageReference()
            stored.reference = ProtoReference(page.reference)
            stored.lastPath = .init(page.lastPath.bytes)
            stored.entryCount = UInt32(page.entryCount)
            return stored
        }
        heads = snapshot.heads.map(ProtoHead.init)
        unreadable = snapshot.unreadable.map(ProtoUnreadableFile.init)
        incomplete = snapshot.incomplete.map(ProtoUnreadableFile.init)
        parent = snapshot.parent?.description ?? ""
        program = snapshot.program
        checkpoint = snapshot.isCheckpoint
    }
}

extension Snapshot {
    /// More than any file system holds; counts are added up, and the one who signed them may be a stranger.
    private static let greatestCount: UInt64 = 1 << 48
    private static let greatestByteCount: UInt64 = 1 << 60

    init(_ stored: ProtoSnapshotBody, collection: CollectionID, subject: String) throws(VaultError) {
        guard let device = DeviceID(stored.deviceID) else {
            throw VaultError(.malformed, subject, "it names no device")
        }
        self.init(collection: collection, device: device)
        collectionName = stored.collectionName
        host = stored.host
        started = stored.started
        finished = stored.finished
        tags = stored.tags
        fileCount = Int(min(stored.fileCount, Self.greatestCount))
        directoryCount = Int(min(stored.directoryCount, Self.greatestCount))
        linkCount = Int(min(stored.linkCount, Self.greatestCount))
        byteCount = min(stored.byteCount, Self.greatestByteCount)
        for page in stored.pages {
            guard let lastPath = EntryPath(page.lastPath),
                pages.last.map({ $0.lastPath < lastPath }) ?? true
            else { throw VaultError(.malformed, subject, "its pages are not in order") }
            pages.append(
                PageReference(
                    reference: try Reference(page.reference), lastPath: lastPath,
                    entryCount: Int(page.entryCount)))
        }
        heads = stored.heads.compactMap(Head.init)
        for file in stored.unreadable { unreadable.append(try Unreadable(file, subject: subject)) }
        for file in stored.incomplete { incomplete.append(try Unreadable(file, subject: subject)) }
        parent = SnapshotID(stored.parent)
        program = stored.program
        isCheckpoint = stored.checkpoint
    }
}
