internal import ObjectStore
internal import Replicator
internal import Vault

/// Objects whose content a run is to check, replica by replica, in batches from the catalog: every object whose name
/// holds a hash, of the sample, except what this run has found wrong already.
///
/// In the order of the names; with a budget, in the order in which they were last checked, so that runs that each
/// end early come round to everything.
struct CheckQueue {
    struct Item: Sendable {
        let object: NeededObject
        /// The replica's place among the vault's.
        let replica: Int
    }

    private static let batchCount = 1024

    private let vault: AuditedVault
    private let verification: Verification
    private let sample: VerifySample
    private let targets: [Int]
    private let replicas: [Int: Int]

    private enum Order {
        case name(NeededObjects)
        case age(Catalog.CheckPosition)
    }
    private var order: Order

    init(vault: AuditedVault, verification: Verification, request: VerifyRequest, targets: [Int]) {
        self.vault = vault
        self.verification = verification
        sample = request.sample
        self.targets = targets
        replicas = Dictionary(uniqueKeysWithValues: targets.map { (vault.catalogReplicas[$0].id, $0) })
        order =
            request.budget == nil
            ? .name(NeededObjects(catalog: vault.catalog)) : .age(Catalog.CheckPosition())
    }

    /// The next items; none at the end.
    mutating func next() throws -> [Item] {
        guard !targets.isEmpty else { return [] }
        while true {
            switch order {
            case .name(var needed):
                let objects = try needed.next()
                order = .name(needed)
                guard !objects.isEmpty else { return [] }
                let items = try self.items(objects)
                if !items.isEmpty { return items }
            case .age(let position):
                let objects = try vault.catalog.leastRecentlyChecked(
                    on: targets.map { vault.catalogReplicas[$0] }, for: verification, after: position,
                    limit: Self.batchCount)
                guard let last = objects.last else { return [] }
                order = .age(last.position)
                let items = objects.filter { isChosen($0.object) }.map {
                    Item(object: $0.object, replica: replicas[$0.position.replica]!)
                }
                if !items.isEmpty { return items }
            }
        }
    }

    private func items(_ objects: [NeededObject]) throws -> [Item] {
        let chosen = objects.filter { isChosen($0) }
        guard let first = chosen.first, let last = chosen.last else { return [] }
        let wrong = try vault.catalog.findings(from: first.key, through: last.key).filter {
            $0.verification == verification.id
        }
        let places = Set(wrong.map { Place(replica: $0.replica, key: $0.key) })
        return chosen.flatMap { object in
            targets.filter { replica in
                !places.contains(Place(replica: vault.catalogReplicas[replica].id, key: object.key))
            }.map { Item(object: object, replica: $0) }
        }
    }

    /// One object on one replica, by its number in the catalog.
    private struct Place: Hashable {
        let replica: Int
        let key: ObjectKey
    }

    private func isChosen(_ object: NeededObject) -> Bool {
        object.key.contentDigest.map { sample.contains($0) } ?? false
    }
}
