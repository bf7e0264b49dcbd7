internal import Replicator
internal import Vault

/// What a verification will take of each provider, told before it begins.
public struct VerifyEstimate: Sendable {
    public struct Replica: Sendable {
        public let name: String
        /// Pages of listings, questions for checksums, and downloads.
        public internal(set) var requestCount = 0
        /// Bytes of objects that are downloaded. Providers bill them; what listings weigh is not in them.
        public internal(set) var byteCount = 0
    }

    public internal(set) var replicas: [Replica]
    /// The budget that ends the run; nil without one.
    public let budget: Int?

    public var requestCount: Int { replicas.reduce(0) { $0 + $1.requestCount } }
    public var byteCount: Int { replicas.reduce(0) { $0 + $1.byteCount } }
}

extension AuditedVault {
    /// Goes by the catalog, as if every replica had what it must have.
    func estimate(_ request: VerifyRequest, _ verification: Verification) throws -> VerifyEstimate {
        let targets = targets(of: request)
        var all = replicas.names.map { VerifyEstimate.Replica(name: $0) }
        let counts = try catalog.neededCounts()
        for replica in targets {
            all[replica].requestCount = (counts.objects + 999) / 1000 + (request.readsReadme ? 1 : 0)
        }
        var left = request.level.reads ? request.budget ?? .max : .max
        if request.level == .decrypt, let reader = targets.first {
            // Pages and lists are read one by one before anything else, mostly from the first replica.
            all[reader].requestCount +=
                try catalog.snapshots().count + (counts.metaByteCount + Self.pageByteCount - 1)
                / Self.pageByteCount
            all[reader].byteCount += min(left, counts.metaByteCount)
            left -= min(left, counts.metaByteCount)
        }
        if request.level > .list {
            var queue = CheckQueue(
                vault: self, verification: verification, request: request, targets: targets)
            queue: while case let batch = try queue.next(), !batch.isEmpty {
                for item in batch {
                    let byteCount = request.level.reads ? item.object.byteCount ?? 0 : 0
                    guard byteCount <= left else { break queue }
                    left -= byteCount
                    all[item.replica].requestCount += 1
                    all[item.replica].byteCount += byteCount
                }
            }
        }
        return VerifyEstimate(
            replicas: targets.map { all[$0] }, budget: request.level.reads ? request.budget : nil)
    }

    /// About what a page takes in a pack.
    private static let pageByteCount = 256 << 10
}
