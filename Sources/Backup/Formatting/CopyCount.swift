internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Counts the replicas that bring contents back, as each of them answers when it is asked: what a replica once said
/// does not count.
struct CopyCount {
    private static let requestsAtOnce = 8

    private let vault: OpenVault
    private var asked: Set<ObjectKey> = []
    /// By replica.
    private var lacking: [Set<ObjectKey>]
    private var holders: [ContentName: Set<Int>] = [:]
    /// Why replicas cannot be asked, by their place.
    private(set) var failures: [Int: ObjectStoreError]

    /// - Parameter listing: what the replicas have just shown. One without a keyring opens nothing.
    init(vault: OpenVault, _ listing: SmallObjectListing) {
        self.vault = vault
        lacking = Array(repeating: [], count: vault.replicas.stores.count)
        failures = [:]
        for (replica, failure) in listing.failures.enumerated() { failures[replica] = failure }
        for replica in listing.newReplicas {
            failures[replica] = ObjectStoreError(
                .notFound, store: vault.replicas.names[replica], reason: "it has no keyring")
        }
    }

    /// The replicas that bring the content back, each by one snapshot that it has and all that this one needs for it;
    /// nil where no snapshot has the content.
    func holders(of content: ContentName) -> [Int]? {
        holders[content].map { $0.filter { failures[$0] == nil }.sorted() }
    }

    /// Asks every replica for the objects that bring contents back.
    ///
    /// - Throws: `CatalogError`, `CancellationError`.
    mutating func add(_ finding: ContentSearch.Finding) async throws {
        let objects = finding.values.reduce(into: Set()) { $0.formUnion($1) }
        try await ask(for: objects.subtracting(asked))
        asked.formUnion(objects)
        for (content, objects) in finding {
            let whole = lacking.indices.filter { lacking[$0].isDisjoint(with: objects) }
            holders[content, default: []].formUnion(whole)
        }
    }

    private mutating func ask(for objects: Set<ObjectKey>) async throws {
        let needed = try objects.sorted().map { key in
            NeededObject(
                key: key, byteCount: try ObjectName(key)?.packDigest.flatMap(vault.catalog.byteCount))
        }
        for (index, replica) in vault.catalogReplicas.enumerated() where failures[index] == nil {
            let answers = await answers(for: needed, of: index)
            try Task.checkCancellation()
            for (key, answer) in answers {
                switch answer {
                case .right, .notCheckable:
                    // What is being deleted is as good as gone; what a verification found to be damaged is, whatever
                    // its size.
                    if try vault.catalog.hasTombstone(key.rawValue)
                        || vault.catalog.isDamaged(key, on: replica)
                    {
                        lacking[index].insert(key)
                    }
                case .wrong, .cold: lacking[index].insert(key)
                case .unanswered(let error): failures[index] = error
                }
            }
        }
    }

    private func answers(for objects: [NeededObject], of replica: Int) async -> [(ObjectKey, CheckOutcome)] {
        await withTaskGroup(of: (ObjectKey, CheckOutcome).self) { [replicas = vault.replicas] group in
            var answers: [(ObjectKey, CheckOutcome)] = []
            for (place, object) in objects.enumerated() {
                if place >= Self.requestsAtOnce, let answer = await group.next() { answers.append(answer) }
                group.addTask {
                    (object.key, await replicas.checkStoredChecksum(object, on: replica))
                }
            }
            for await answer in group { answers.append(answer) }
            return answers
        }
    }
}
