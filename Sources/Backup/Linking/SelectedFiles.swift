public import Crypto
internal import ObjectStore
public import Replicator
public import Vault

/// A file of a snapshot, with the references to its content.
public struct SelectedFile: Sendable {
    public let entry: Entry
    public let references: [Reference]
}

/// The files of a snapshot that are meant.
public struct SelectedFiles: Sendable {
    public let found: FoundSnapshot
    /// In the order of their paths.
    public let files: [SelectedFile]
    /// Links that are meant, which have no content.
    public let linkCount: Int
    /// Files of systems that lie there too (see `SystemFile`), which are left out.
    public let systemFileCount: Int
}

extension OpenVault {
    /// Finds the files that are meant in a snapshot, and where their content is. A file of a system's is meant where it is
    /// named itself, and not where it lies in what is named.
    ///
    /// - Throws: as `find`; `SelectionError` where there are none, or one of the paths is not there.
    public func selectFiles(
        _ snapshot: SnapshotSelection, _ selection: EntrySelection, warn: WarningHandler
    ) async throws -> SelectedFiles {
        let found = try await find(snapshot, warn: warn)
        let (selection, missing) = try await reader.resolve(selection, in: found.snapshot)
        // What is given to others is what was named, or nothing.
        guard missing.isEmpty else { throw SelectionError(missing) }
        var entries = SnapshotEntries(reader: reader, snapshot: found.snapshot, selection: selection)
        var files: [SelectedFile] = []
        var (linkCount, systemFileCount) = (0, 0)
        while let entry = try await entries.next() {
            switch entry.kind {
            case .directory: break
            case .symbolicLink: linkCount += 1
            case .file where SystemFile.isOne(entry.path) && !selection.paths.contains(entry.path):
                systemFileCount += 1
            case .file:
                files.append(SelectedFile(entry: entry, references: try await references(of: entry)))
            }
        }
        guard !files.isEmpty else { throw SelectionError.nothingMeant }
        return SelectedFiles(
            found: found, files: files, linkCount: linkCount, systemFileCount: systemFileCount)
    }

    /// Those that a probe has found to refuse presigned addresses.
    public func replicasWithoutPresigning() throws -> Set<Int> {
        Set(
            try catalogReplicas.indices.filter { index in
                try catalog.probe(of: catalogReplicas[index].location)?.answers.contains {
                    $0.question == .presignedURLs && $0.answer == .no
                } ?? false
            })
    }

    /// Whether a replica has all of these packs, and has them right, as far as this machine knows.
    ///
    /// - Parameter replica: by its place in `replicas`.
    public func has(_ packs: some Sequence<SHA256Digest>, on replica: Int) throws -> Bool {
        try packs.allSatisfy { pack in
            try catalog.isConfirmed(pack, by: catalogReplicas[replica])
                && !catalog.isDamaged(ObjectName.pack(pack).key, on: catalogReplicas[replica])
        }
    }

    /// The content of a file, each chunk from the first replica that has it right.
    ///
    /// - Throws: `ReplicaSetError` with every replica's failure.
    public func content(of file: SelectedFile) async throws(ReplicaSetError) -> [UInt8] {
        let parts = PackPartReader(reader: reader)
        var content: [UInt8] = []
        content.reserveCapacity(Int(clamping: file.entry.size))
        for reference in file.references {
            let piece = PackPart.Piece(reference: reference, destinations: [])
            let part = PackPart(pack: reference.pack, range: reference.range, pieces: [piece])
            content += try await parts.open(part)[0]
        }
        return content
    }
}
