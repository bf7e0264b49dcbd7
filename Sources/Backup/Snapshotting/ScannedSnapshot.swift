internal import Vault

extension Snapshot {
    /// The snapshot of what a scan has found, as this machine makes it now: newer than the last one also where that
    /// was made in this very second, or by a clock that was ahead. Else it would not be taken for the newest.
    init(
        _ scan: ScanResult, collection: VaultCollection, device: Device, after last: SnapshotID?
    ) {
        self.init(collection: collection.id, device: device.id)
        collectionName = collection.name
        host = device.host
        finished = UTCTime.nowInNanoseconds()
        if let last, last.time >= time {
            finished = UTCTime.nanoseconds(
                ofSeconds: last.time.advanced(bySeconds: 1).secondsSince1970)
        }
        fileCount = scan.counts.filesTotal
        directoryCount = scan.counts.directoriesTotal
        linkCount = scan.counts.linksTotal
        byteCount = scan.counts.bytesTotal
        pages = scan.pages
        unreadable = scan.unreadable
        incomplete = scan.incomplete
        program = "photobackup \(ProgramVersion.current)"
    }
}
