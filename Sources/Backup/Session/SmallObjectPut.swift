internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    /// Puts a small object on replicas (all, if nil), and writes down who has it.
    ///
    /// - Parameter ineligible: by replica, why it is not among the targets.
    /// - Throws: `QuorumError` when fewer than the quorum have taken it.
    @discardableResult
    func store(
        _ name: ObjectName, _ bytes: [UInt8], on targets: [Int]? = nil, ineligible: [Int: String] = [:],
        keepsBytes: Bool = false
    ) async throws -> [PutOutcome] {
        guard let digest = name.digest else { preconditionFailure("a small object is named by its hash") }
        let outcomes = await replicas.put(
            name.key, ObjectBytes(bytes), sha256: digest, to: targets ?? Array(replicas.stores.indices))
        let stored = outcomes.filter(\.isStored).map(\.replica)
        if !stored.isEmpty {
            try catalog.record(
                object: name.key, byteCount: bytes.count, confirmedBy: bits(stored),
                missedBy: bits(replicas.stores.indices.filter { !stored.contains($0) }),
                bytes: keepsBytes ? bytes : nil)
        }
        guard replicas.isQuorum(outcomes) else {
            throw QuorumError(name.key, replicas, outcomes, ineligible: ineligible)
        }
        return outcomes
    }
}
