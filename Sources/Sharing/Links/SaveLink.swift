public import Backup
internal import Crypto
internal import Vault

extension OpenedLink {
    private static let filesAtOnce = 4

    /// Saves the files below a folder, each checked to the last byte; of one that is only shared as a preview, that.
    ///
    /// Nothing is written outside of the folder, and nothing replaced.
    ///
    /// - Returns: what became of the files; each that failed was told to `notify`.
    /// - Throws: `RestoreError` where the folder cannot be written; `CancellationError`.
    public func save(
        to destination: String, progress: RunProgress,
        notify: @escaping @Sendable (RestoreReport.Notice) -> Void
    ) async throws -> RestoreReport.Counts {
        let received = try await ReceivedFiles(
            destination: destination, progress: progress, notify: notify)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<Self.filesAtOnce {
                group.addTask {
                    // Connections of its own, used again from one file to the next.
                    let fetching = LinkFetching(allowsLocalAddresses: allowsLocalAddresses)
                    for index in stride(from: lane, to: manifest.files.count, by: Self.filesAtOnce) {
                        try await save(manifest.files[index], to: received, fetching)
                    }
                }
            }
            try await group.waitForAll()
        }
        return try await received.finish()
    }

    private func save(
        _ shared: ShareManifest.File, to received: ReceivedFiles, _ fetching: LinkFetching
    ) async throws {
        guard let content = shared.content else {
            return try await savePreview(of: shared, to: received, fetching)
        }
        guard let path = EntryPath(shared.name.utf8),
            let file = try await received.begin(
                path, byteCount: UInt64(shared.size), modified: shared.modified)
        else { return }
        if content.isEmpty { try await file.write([], at: 0) }
        var offset: UInt64 = 0
        for chunk in content {
            do {
                let plaintext = try await open(chunk, fetching)
                try await file.write(plaintext, at: offset)
                offset += UInt64(plaintext.count)
            } catch let error as LinkError {
                return file.fail(error.description)
            }
        }
    }

    private func savePreview(
        of shared: ShareManifest.File, to received: ReceivedFiles, _ fetching: LinkFetching
    ) async throws {
        guard let picture = shared.preview ?? shared.thumbnail,
            let path = EntryPath("\(shared.name).preview.jpg".utf8)
        else { return }
        let jpeg: [UInt8]
        if let chunk = picture.chunk {
            jpeg = try await open(chunk, fetching)
        } else {
            jpeg = picture.jpeg.flatMap { [UInt8](base64URL: $0) } ?? []
        }
        try await received.begin(path, byteCount: UInt64(jpeg.count), modified: shared.modified)?
            .write(jpeg, at: 0)
    }

    /// - Throws: `LinkError`.
    private func open(_ chunk: ShareManifest.Chunk, _ fetching: LinkFetching) async throws -> [UInt8] {
        guard let reference = chunk.reference else { throw LinkError(.malformed, "a reference is none") }
        let sealed = try await fetching.part(
            manifest.packs[chunk.pack], reference.range, maximumByteCount: Format.maximumPackByteCount)
        let reader = ChunkReader(vault: vault, contentKey: nil)
        do {
            return try sealed.withUnsafeBytes { sealed in
                try reader.open(sealed, reference, role: .content)
            }
        } catch {
            throw LinkError(.damaged, "a part of it is damaged where it is stored")
        }
    }
}
