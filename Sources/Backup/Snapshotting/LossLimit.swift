internal import Vault

/// How much of a collection a snapshot may leave out that the one before had, before a run stops and asks.
public struct LossLimit: Hashable, Sendable {
    /// Fewer files than these come and go as they do.
    private static let leastFileCount = 20

    /// From 0 to 1: of the files, or of their bytes.
    public var share: Double

    public init(share: Double = 0.5) { self.share = share }

    /// - Throws: `LossError` where `after` has too little of what was there. Files that moved are not lost.
    func check(from before: CatalogSnapshot?, to after: ScanCounts, of collection: String) throws {
        guard let before else { return }
        // What none of the sources could have stays as it is, and says nothing of them.
        let other = after.other
        let (filesBefore, files) = (before.fileCount - other.files, after.filesTotal - other.files)
        let bytesBefore = before.byteCount - min(before.byteCount, other.bytes)
        let bytes = after.bytesTotal - min(after.bytesTotal, other.bytes)
        guard filesBefore >= Self.leastFileCount else { return }
        let lostBytes = Double(bytesBefore) - Double(bytes)
        guard
            Double(filesBefore - files) / Double(filesBefore) > share
                || (bytesBefore > 0 && lostBytes / Double(bytesBefore) > share)
        else { return }
        throw LossError(
            collection: collection, filesBefore: filesBefore, files: files, bytesBefore: bytesBefore,
            bytes: bytes)
    }
}

/// A run was stopped because its snapshot would have had far less than the one before.
public struct LossError: Error, Sendable, CustomStringConvertible {
    public let collection: String
    public let filesBefore: Int
    public let files: Int
    public let bytesBefore: UInt64
    public let bytes: UInt64

    public var description: String {
        "\(collection) had \(filesBefore) files of \(bytesBefore) bytes, and has \(files) of \(bytes)"
    }
    public var hint: String {
        "look whether the sources are whole; --accept-loss records what is there, max_loss of a configured collection "
            + "allows for more"
    }
}
