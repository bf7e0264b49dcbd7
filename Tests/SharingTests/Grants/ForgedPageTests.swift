import Backup
import Crypto
import Foundation
import ObjectStore
import Sharing
import Testing

@testable import Vault

/// Somebody who was granted a collection has the keys of its pages. With a provider's help they could seal another list
/// of files under one of them; whoever has the vault's keys does not take it for the vault's.
@Suite struct ForgedPageTests {
    private let scene: SharingScene
    private let vault: OpenVault
    private let shared: SharedCollection
    private let page: Snapshot.PageReference

    init() async throws {
        scene = try await SharingScene()
        vault = try await scene.open()
        for number in 0..<8 { try scene.write("photo \(number)", to: "Trip/\(number).txt") }
        try await scene.backUp("Trip", vault)
        let anna = try Identity.random()
        shared = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        page = try #require(
            try await shared.find(SnapshotSelection("Trip"), warn: scene.warn).snapshot.pages.first)
    }

    private var pack: ObjectKey { ObjectName.metaPack(page.reference.pack).key }

    /// Puts another page in the true one's place, made with nothing but what the recipient has: as many entries up to the
    /// same path, in as many bytes. In it two photos have each other's content.
    private func forge(on replicas: [Int]) async throws {
        let reference = page.reference
        let bytes = try await scene.replicas[0].get(pack, maximumByteCount: 32 << 20).array
        let entries = try Page.decode(try open(bytes))
        let payload = try #require(forgery(of: entries))
        var forged = bytes
        forged.withUnsafeMutableBytes { forged in
            payload.withUnsafeBytes {
                SealedChunk.seal(
                    $0, key: reference.key,
                    associatedData: Format.associatedData(vault: vault.id, role: .page),
                    into: UnsafeMutableRawBufferPointer(rebasing: forged[reference.range]))
            }
        }
        for replica in replicas { scene.replicas[replica].rot(pack) { $0 = forged } }
        // To who has no contentKey it is as good as the true one.
        #expect(try Page.decode(try open(forged)).map(\.path) == entries.map(\.path))
        #expect(try open(forged) != open(bytes))
    }

    /// The page in a pack, as the recipient opens it.
    private func open(_ pack: [UInt8]) throws -> [UInt8] {
        try pack.withUnsafeBytes {
            try ChunkReader(vault: vault.id, contentKey: nil).open(
                UnsafeRawBufferPointer(rebasing: $0[page.reference.range]), page.reference, role: .page)
        }
    }

    /// What is to be sealed, exactly as long as what the true page has there.
    private func forgery(of entries: [Entry]) -> [UInt8]? {
        let count = SealedChunk.plaintextByteCount(sealedByteCount: Int(page.reference.length))
        let compressor = Compressor()
        let files = entries.indices.filter { entries[$0].kind == .file }
        for (first, second) in files.flatMap({ first in files.map { (first, $0) } }) where first < second {
            var swapped = entries
            (swapped[first].content, swapped[second].content) = (
                entries[second].content, entries[first].content
            )
            let plaintext = Page.encode(swapped)
            guard page.reference.isCompressed else { return plaintext }
            let frame = plaintext.withUnsafeBytes { compressor.compress($0).map { [UInt8]($0) } }
            if let frame, frame.count == count { return frame }
        }
        return nil
    }

    private func restore(_ folder: String, on machine: OpenVault) async throws -> RestoreReport.Counts {
        try await machine.restore(
            RestoreRequest(
                snapshot: SnapshotSelection("Trip"), destination: "\(scene.folder)/\(folder)",
                preferredProvider: "a"),
            progress: RunProgress(replicaCount: 2), notify: { _ in }, warn: scene.warn)
    }

    private func expectTrue(_ folder: String) throws {
        for number in 0..<8 {
            let text = try String(
                contentsOfFile: "\(scene.folder)/\(folder)/Trip/\(number).txt", encoding: .utf8)
            #expect(text == "photo \(number)")
        }
    }

    @Test func aPageThatARecipientForgedIsPassedOver() async throws {
        try await forge(on: [0])
        let laptop = try await scene.open(on: "laptop")
        #expect(try await restore("restored", on: laptop).filesRestored == 8)
        try expectTrue("restored")
        // Nor does a machine that has to learn its own list go on from the forged one.
        try FileManager.default.removeItem(atPath: scene.folder + "/state-studio")
        let studio = try await scene.open()
        #expect(try await scene.backUp("Trip", studio).filesUnmodified == 8)
        #expect(try await restore("again", on: laptop).filesRestored == 8)
        try expectTrue("again")
    }

    @Test func aPageThatIsForgedOnEveryReplicaIsLost() async throws {
        try await forge(on: [0, 1])
        let laptop = try await scene.open(on: "laptop")
        await #expect(throws: (any Error).self) { try await restore("restored", on: laptop) }
        #expect(!FileManager.default.fileExists(atPath: scene.folder + "/restored/Trip/0.txt"))
        let summary = try await laptop.verify(
            VerifyRequest(level: .decrypt), warn: scene.warn, onDiscrepancy: { _ in })
        #expect(summary.isDamaged)
    }
}
