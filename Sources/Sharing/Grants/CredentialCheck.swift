internal import Crypto
public import ObjectStore
internal import Replicator
public import Vault

/// Finds out by trying what a credential for recipients may do at a provider: it must read what is shared, and must
/// neither read what opens other collections, nor write.
///
/// What it tries to delete has never been there; what it tries to write is named `probe/…`, which nobody takes for the
/// vault's.
public struct CredentialCheck: Sendable {
    /// With the recipient's credential.
    private let store: any ObjectStore
    private let collection: CollectionID

    public init(_ store: any ObjectStore, collection: CollectionID) {
        self.store = store
        self.collection = collection
    }

    /// - Parameter owner: the same replica with the owner's credential, which shows what there is to try it on.
    /// - Throws: `SharingError` with `unfitCredential`, which names all that is wrong; `ObjectStoreError` when the
    ///   provider could not be asked.
    public func run(as owner: any ObjectStore) async throws {
        var shown: [ObjectKey] = []
        for folder in ObjectName.folders {
            shown += try await owner.list(prefix: folder, continuing: nil).objects.map(\.key)
        }
        // What is shared may lie behind the first page of all snapshots.
        shown += try await owner.list(
            prefix: "\(ObjectName.snapshotsPrefix)\(collection.hex)/", continuing: nil
        ).objects.map(\.key)
        var faults: [String] = []
        for key in readable(shown) where try await !isAllowed({ try await read(key) }) {
            faults.append("it cannot read \(key)")
        }
        for folder in BucketPolicy.listedFolders(collection)
        where try await !isAllowed({ try await list(folder) }) {
            faults.append("it cannot list \(folder)")
        }
        for (folder, sample) in forbidden(shown) {
            if try await isAllowed({ try await list(folder) }) { faults.append("it can list \(folder)") }
            if try await isAllowed({ try await read(sample) }) { faults.append("it can read \(sample)") }
        }
        if try await isAllowed(write) { faults.append("it can write") }
        if try await isAllowed({ try await store.delete(Self.probeName()) }) {
            faults.append("it can delete")
        }
        guard faults.isEmpty else {
            throw SharingError(
                .unfitCredential,
                "the credential for \(store.name) is not fit: "
                    + faults.joined(separator: "; "),
                hint: "photobackup share grant … --print-policy shows what it may do")
        }
    }

    /// One snapshot of the collection and one pack of each kind: what stands for the rest.
    private func readable(_ shown: [ObjectKey]) -> [ObjectKey] {
        ["\(ObjectName.snapshotsPrefix)\(collection.hex)/", ObjectName.packsPrefix, ObjectName.metaPrefix]
            .compactMap { folder in shown.last { $0.rawValue.hasPrefix(folder) } }
    }

    /// Folders that nobody but the owner reads, each with an object in it.
    private func forbidden(_ shown: [ObjectKey]) -> [(folder: String, sample: ObjectKey)] {
        var forbidden: [String: ObjectKey] = [:]
        for key in shown {
            switch ObjectName(key) {
            case .keyring: forbidden[ObjectName.keyringPrefix] = key
            case .providers: forbidden[ObjectName.providersPrefix] = key
            case .record: forbidden[ObjectName.recordsPrefix] = key
            case .snapshot(let other, _, _) where other != collection:
                forbidden["\(ObjectName.snapshotsPrefix)\(other.hex)/"] = key
            default: break
            }
        }
        return forbidden.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func read(_ key: ObjectKey) async throws(ObjectStoreError) {
        _ = try await store.get(key, range: 0..<1, maximumByteCount: Format.maximumObjectByteCount)
    }

    private func list(_ folder: String) async throws(ObjectStoreError) {
        _ = try await store.list(prefix: folder, continuing: nil)
    }

    /// What it could write is taken away again, as far as it may.
    private func write() async throws(ObjectStoreError) {
        let name = Self.probeName()
        try await store.put(name, [])
        try? await store.delete(name)
    }

    private static func probeName() -> ObjectKey {
        guard let name = ObjectKey("probe/\(randomBytes(16).hex)") else {
            preconditionFailure("hexadecimal digits are an object's name")
        }
        return name
    }

    /// Whether the provider lets it. An object that it says is not there it does not show.
    private func isAllowed(_ call: () async throws -> Void) async throws -> Bool {
        do {
            try await call()
            return true
        } catch let error as ObjectStoreError
            where [.accessDenied, .notFound, .unsupported].contains(error.code)
        {
            return false
        }
    }
}
