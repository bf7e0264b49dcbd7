internal import CZstd
public import Crypto

/// Opens sealed chunks. One a thread: its buffers are used again.
public final class ChunkReader {
    private let vault: VaultID
    private var mac: HMACSHA256?
    private let decompressor = Decompressor()
    private var buffer: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)

    /// With `contentKey`, chunk ids are checked too, where there are any; a recipient of a share has none.
    public init(vault: VaultID, contentKey: SecretBytes?) {
        self.vault = vault
        mac = contentKey.map { HMACSHA256(key: $0) }
    }

    deinit { buffer.deallocate() }

    /// Opens the chunk that `reference` means from `sealed`, exactly its bytes in the pack, into `output`,
    /// exactly as long as the plaintext.
    ///
    /// - Throws: `notAuthentic` for anything but the very bytes that were sealed for this vault and role;
    ///   `malformed` where lengths do not fit. What `output` holds after an error is not to be used.
    public func open(
        _ sealed: UnsafeRawBufferPointer, _ reference: Reference, role: ChunkRole,
        into output: UnsafeMutableRawBufferPointer
    ) throws(VaultError) {
        guard sealed.count == Int(reference.length), output.count == Int(reference.plaintextByteCount),
            let payload = SealedChunk.plaintextByteCount(sealedByteCount: sealed.count),
            reference.isCompressed || payload == output.count
        else { throw VaultError(.malformed, "chunk", "its length is not the reference's") }
        do {
            let associatedData = Format.associatedData(vault: vault, role: role)
            if reference.isCompressed {
                let scratch = scratch(payload)
                try SealedChunk.open(
                    sealed, key: reference.key, associatedData: associatedData, into: scratch)
                try decompressor.decompress(UnsafeRawBufferPointer(scratch), into: output)
            } else {
                try SealedChunk.open(
                    sealed, key: reference.key, associatedData: associatedData, into: output)
            }
        } catch let error as CryptoError {
            throw VaultError(.notAuthentic, "chunk", error.description)
        } catch let error as VaultError {
            throw error
        } catch {
            throw VaultError(.notAuthentic, "chunk", "\(error)")
        }
        guard let id = reference.chunkID, mac != nil else { return }
        mac!.update(UnsafeRawBufferPointer(output))
        guard mac!.finalize() == id else {
            throw VaultError(.notAuthentic, "chunk", "its content is not the one of its id")
        }
    }

    public func open(
        _ sealed: UnsafeRawBufferPointer, _ reference: Reference, role: ChunkRole
    ) throws(VaultError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: Int(reference.plaintextByteCount))
        var failure: VaultError?
        output.withUnsafeMutableBytes { buffer in
            do throws(VaultError) {
                try open(sealed, reference, role: role, into: buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return output
    }

    private func scratch(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if buffer.count < count {
            buffer.deallocate()
            buffer = .allocate(byteCount: max(count, Format.chunkByteCount), alignment: 64)
        }
        return UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    }
}
