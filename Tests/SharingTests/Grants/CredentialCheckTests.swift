import Backup
import Foundation
import ObjectStore
import ObjectStoreTesting
import Sharing
import Testing
import Vault

/// A credential for recipients is tried on what is there, and one that can do too much is refused.
@Suite struct CredentialCheckTests {
    private let scene: SharingScene
    private let collection: CollectionID

    init() async throws {
        scene = try await SharingScene()
        let vault = try await scene.open()
        for name in ["Trip", "Private"] {
            try scene.write(name, to: "\(name)/a.txt")
            try await scene.backUp(name, vault)
        }
        collection = vault.keyring.keys.collectionID(name: "Trip")
        try await vault.recordKitTested()
    }

    /// The provider's answers to a key that may do what the policy says, and `besides`.
    private func store(allowing besides: @escaping @Sendable (StoreCall) -> Bool) -> any ObjectStore {
        FaultStore(scene.replicas[0], failing: .accessDenied) { [collection] call in
            switch call {
            case .get(let key)
            where BucketPolicy.readableFolders(collection).contains(where: key.rawValue.hasPrefix):
                false
            case .list(let prefix)
            where BucketPolicy.listedFolders(collection).contains(where: prefix.hasPrefix):
                false
            default: !besides(call)
            }
        }
    }

    private func faults(_ store: any ObjectStore) async throws -> String {
        do {
            try await CredentialCheck(store, collection: collection).run(as: scene.replicas[0])
            return ""
        } catch let error as SharingError where error.code == .unfitCredential {
            return error.description
        }
    }

    @Test func oneThatMayDoWhatThePolicySaysIsFit() async throws {
        #expect(try await faults(store(allowing: { _ in false })) == "")
    }

    @Test(arguments: ["keyring/", "providers/", "records/", "snapshots/"])
    func oneThatReadsMoreIsRefused(folder: String) async throws {
        let present = try await scene.replicas[0].listAll(prefix: folder)
        guard !present.isEmpty else {
            // A vault that does not tell its providers has no list of them to try.
            #expect(folder == "providers/")
            return
        }
        let reading = try await faults(
            store(allowing: { if case .get(let key) = $0 { key.rawValue.hasPrefix(folder) } else { false } }))
        #expect(reading.contains("it can read \(folder)"))
        let listing = try await faults(
            store(allowing: { if case .list(let prefix) = $0 { prefix.hasPrefix(folder) } else { false } }))
        #expect(listing.contains("it can list \(folder)"))
    }

    @Test func oneThatWritesOrDeletesIsRefused() async throws {
        let before = try await scene.replicas[0].listAll(prefix: "").map(\.key)
        let writing = try await faults(store(allowing: { if case .put = $0 { true } else { false } }))
        #expect(writing.contains("it can write") && !writing.contains("it can delete"))
        let deleting = try await faults(store(allowing: { if case .delete = $0 { true } else { false } }))
        #expect(deleting.contains("it can delete") && !deleting.contains("it can write"))
        _ = try await faults(scene.replicas[0])
        // What could be written where it could not be deleted is all that is left.
        let left = try await scene.replicas[0].listAll(prefix: "").map(\.key).filter { !before.contains($0) }
        #expect(left.count == 1 && left.allSatisfy(\.isOfProbe))
    }

    @Test func oneThatReadsTooLittleIsRefused() async throws {
        let blind = FaultStore(scene.replicas[0], failing: .accessDenied)
        let found = try await faults(blind)
        for part in ["read snapshots/", "read packs/", "read meta/", "list snapshots/", "list grants/"] {
            #expect(found.contains("it cannot \(part)"), "\(found)")
        }
    }

    @Test func aProviderThatDoesNotAnswerProvesNothing() async throws {
        let dead = FaultStore(scene.replicas[0], failing: .connectionFailed)
        await #expect(throws: ObjectStoreError.self) {
            try await CredentialCheck(dead, collection: collection).run(as: scene.replicas[0])
        }
    }

    @Test(arguments: ["", "vaults/mine"])
    func thePolicyNamesTheFoldersBelowThePrefix(prefix: String) throws {
        let text = BucketPolicy(bucket: "photos", prefix: prefix, collection: collection).text
        let policy = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let statements = try #require(policy["Statement"] as? [[String: Any]])
        let start = prefix.isEmpty ? "" : prefix + "/"
        #expect(policy["Version"] as? String == "2012-10-17")
        #expect(statements.map { $0["Action"] as? String } == ["s3:GetObject", "s3:ListBucket"])
        #expect(
            statements[0]["Resource"] as? [String]
                == ["packs/", "meta/", "snapshots/\(collection.hex)/", "grants/"].map {
                    "arn:aws:s3:::photos/\(start)\($0)*"
                })
        #expect(statements[1]["Resource"] as? [String] == ["arn:aws:s3:::photos"])
        let condition = try #require(statements[1]["Condition"] as? [String: [String: [String]]])
        #expect(
            condition == [
                "StringLike": ["s3:prefix": ["\(start)snapshots/\(collection.hex)/*", "\(start)grants/*"]]
            ])
    }
}
