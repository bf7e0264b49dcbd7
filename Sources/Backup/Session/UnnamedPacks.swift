internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    /// Takes packs that a snapshot needs into the catalog also where no inventory names them, since it is lost on
    /// every replica: the next inventory that is written names them again. One that no replica has any more is
    /// counted as lost.
    ///
    /// A size that a quorum shows is believed, as that of a pack of this machine is; any other is proved by reading.
    ///
    /// - Parameter packs: what a snapshot refers to; `isMeta` for those of pages and lists.
    /// - Throws: `ReplicaSetError` when a replica that may have one does not answer.
    func takeUpUnnamed(_ packs: some Collection<SHA256Digest>, isMeta: Bool) async throws {
        for digest in try catalog.unknown(packs) {
            let name = (isMeta ? ObjectName.metaPack(digest) : .pack(digest)).key
            let shown = await sizes(of: name)
            let agreed = Dictionary(grouping: shown.indices.filter { shown[$0] != nil }) { shown[$0]! }
                .max { $0.value.count < $1.value.count }
            let isAgreed = replicas.isQuorum(agreed?.value ?? [])
            let byteCount = isAgreed ? agreed?.key : try await provenSize(of: name)
            try catalog.takeUpUnnamed(
                Inventory.Pack(digest: digest, byteCount: byteCount ?? 0, isMeta: isMeta),
                confirmedBy: bits(shown.indices.filter { byteCount != nil && shown[$0] == byteCount }),
                of: bits(replicas.stores.indices), at: .now())
        }
    }

    /// The size of the object as a replica has it whole; nil when none has.
    private func provenSize(of name: ObjectKey) async throws(ReplicaSetError) -> Int? {
        do throws(ReplicaSetError) {
            return try await replicas.getVerified(name, maximumByteCount: Format.maximumPackByteCount).count
        } catch {
            guard error.isOfBytes else { throw error }
            return nil
        }
    }

    /// The size that each replica shows of the object; nil for one that does not show it, or does not answer.
    private func sizes(of name: ObjectKey) async -> [Int?] {
        await withTaskGroup(of: (Int, Int?).self) { [replicas] group in
            for replica in replicas.stores.indices {
                group.addTask {
                    // Without an answer nothing is believed of it: what no quorum shows is read.
                    (replica, (try? await replicas.stores[replica].head(name))?.byteCount)
                }
            }
            var sizes: [Int?] = Array(repeating: nil, count: replicas.stores.count)
            for await (replica, byteCount) in group { sizes[replica] = byteCount }
            return sizes
        }
    }
}
