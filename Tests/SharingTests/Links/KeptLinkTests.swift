import Crypto
import Foundation
import ObjectStore
import Synchronization
import Testing
import Vault

@testable import Backup
@testable import Sharing

/// Links at a place of their own: given new addresses while they last, and cleared away at their end.
@Suite final class KeptLinkTests: Sendable {
    private static let day: Int64 = 86_400
    private let start = UTCTime.now().secondsSince1970
    private let bucket: PresigningMemory
    private let place: PresigningMemory
    private let folder: String
    private let vault: OpenVault
    private let warned = Mutex<[String]>([])

    init() async throws {
        bucket = PresigningMemory(name: "bucket", address: "https://bucket.example", now: start)
        place = PresigningMemory(name: "place", address: "https://place.example", now: start)
        folder = NSTemporaryDirectory() + "photobackup-links-\(UUID().uuidString)"
        let photos = folder + "/photos"
        try FileManager.default.createDirectory(atPath: photos, withIntermediateDirectories: true)
        try Data(randomBytes(5000)).write(to: URL(filePath: photos + "/a.jpg"))
        var access = VaultAccess(
            providers: [Provider(store: bucket, location: "bucket")], quorum: nil,
            state: StateFolder(path: folder + "/state"), host: "studio", givenSecret: nil,
            askPassword: { throw CancellationError() }, warn: { _ in })
        let outcome = try await access.initialise(
            strength: .interactive, makesDeviceKey: false,
            password: { SecretBytes(copying: Array("password".utf8).span.bytes) })
        access.givenSecret = .recoveryKey(outcome.recoveryKey)
        vault = try await access.open()
        _ = try await vault.backUp(
            BackupRequest(collection: "Photos", sources: [SourceRoot(path: photos)]),
            progress: RunProgress(replicaCount: 1), warn: warn)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var warn: WarningHandler {
        { [self] warning in warned.withLock { $0.append("\(warning)") } }
    }

    private var places: LinkPlaces {
        LinkPlaces(
            published: .init(store: place, address: "https://photos.example.org"), beside: { _ in nil })
    }

    private func link(days: Int64, of paths: [EntryPath] = []) async throws -> MadeLink {
        try await vault.makeLink(
            LinkRequest(
                snapshot: SnapshotSelection("Photos"), entries: EntrySelection(paths: paths),
                title: "Wedding",
                lifeSeconds: days * Self.day), at: places, warn: warn)
    }

    /// What a scheduled run does so many days later.
    private func run(afterDays days: Double) async throws -> [LinkRenewal.Outcome] {
        let now = start + Int64(days * Double(Self.day))
        for store in [bucket, place] { store.setClock(now) }
        return try await vault.renewLinks(at: places, now: UTCTime(secondsSince1970: now), warn: warn)
            .map(\.outcome)
    }

    /// What someone sees who opens the link.
    private func shown(by link: MadeLink) async throws -> ShareManifest {
        let (address, fragment) = (
            link.address.split(separator: "#")[0], try ShareFragment(parsing: link.address.suffix(44))
        )
        let objects = try LinkObjects(#require(ShareID(hex: link.id)))
        #expect(address == "https://photos.example.org/\(objects.page)")
        let page = try SharePage(
            parsing: await place.get(objects.page, maximumByteCount: 1 << 20).array)
        #expect(page.header.manifest == objects.manifest.rawValue)
        return try ShareManifest(
            opening: await place.get(objects.manifest, maximumByteCount: 1 << 20).array,
            key: ShareKey.make(secret: fragment.secret, id: page.header.id), id: page.header.id)
    }

    /// The address gives out the whole pack, with another's photo in it.
    @Test func aLinkHoldsTheKeysOfItsFilesAlone() async throws {
        try Data(randomBytes(5000)).write(to: URL(filePath: folder + "/photos/b.jpg"))
        try Data(randomBytes(5000)).write(to: URL(filePath: folder + "/photos/c.jpg"))
        _ = try await vault.backUp(
            BackupRequest(collection: "Photos", sources: [SourceRoot(path: folder + "/photos")]),
            progress: RunProgress(replicaCount: 1), warn: warn)
        var keys: [String: String] = [:]
        var packs: [String: SHA256Digest] = [:]
        try await vault.list(
            SnapshotSelection("Photos"), EntrySelection(), warn: warn,
            onEntry: { entry in
                guard let chunk = entry.content.first else { return }
                let name = String(decoding: entry.path.components.last!, as: UTF8.self)
                keys[name] = chunk.key.withUnsafeBytes { [UInt8]($0) }.base64URL
                packs[name] = chunk.pack
            })
        #expect(packs["b.jpg"] != nil && packs["b.jpg"] == packs["c.jpg"])
        let manifest = try await shown(by: link(days: 5, of: [#require(EntryPath("photos/b.jpg".utf8))]))
        let text = String(decoding: manifest.json, as: UTF8.self)
        #expect(try text.contains(#require(keys["b.jpg"])))
        for name in ["a.jpg", "c.jpg"] {
            #expect(try !text.contains(#require(keys[name])) && !text.contains(name))
        }
        #expect(manifest.packs.count == 1)
    }

    private func failure(_ outcomes: [LinkRenewal.Outcome]) -> String? {
        guard outcomes.count == 1, case .failed(let reason, _) = outcomes[0] else { return nil }
        return reason
    }

    @Test func aLeaseIsRenewedWhenLessThanHalfOfItIsLeft() async throws {
        let link = try await link(days: 30)
        let first = try await shown(by: link)
        #expect(first.expires == start + 7 * Self.day && first.title == "Wedding")
        #expect(try await run(afterDays: 3.4).isEmpty)
        #expect(try await shown(by: link) == first)

        let outcomes = try await run(afterDays: 3.6)
        guard outcomes.count == 1, case .renewed(let until) = outcomes[0] else {
            Issue.record("\(outcomes)")
            return
        }
        let second = try await shown(by: link)
        #expect(second.expires == until.secondsSince1970)
        #expect(until.secondsSince1970 == start + Int64(10.6 * Double(Self.day)))
        #expect(second.files == first.files && second.packs != first.packs)
        #expect(second.packs.allSatisfy { $0.hasSuffix("?ends=\(until.secondsSince1970)") })
        #expect(try await run(afterDays: 3.7).isEmpty)
        #expect(warned.withLock { $0 } == [])
    }

    @Test func noLeaseOutlastsItsLink() async throws {
        let link = try await link(days: 10)
        #expect(try await run(afterDays: 5).count == 1)
        #expect(try await shown(by: link).expires == link.ends.secondsSince1970)
        // Nothing is left to be renewed.
        for day in stride(from: 5.5, to: 9.9, by: 1) { #expect(try await run(afterDays: day).isEmpty) }
    }

    @Test func aLinkThatHasEndedIsClearedAway() async throws {
        let link = try await link(days: 10)
        #expect(try await place.memory.listAll(prefix: "").count == 2)
        let outcomes = try await run(afterDays: 10.1)
        guard outcomes.count == 1, case .ended = outcomes[0] else {
            Issue.record("\(outcomes)")
            return
        }
        // The page stays, to say that it has.
        #expect(try await place.memory.listAll(prefix: "").map(\.key.rawValue) == ["\(link.id).html"])
        #expect(try await vault.recordedLinks(warn: warn).isEmpty)
        #expect(try await run(afterDays: 11).isEmpty)
    }

    @Test func aListThatIsGoneStaysGone() async throws {
        let link = try await link(days: 30)
        let objects = try LinkObjects(#require(ShareID(hex: link.id)))
        try await place.delete(objects.manifest)
        let reason = try #require(failure(try await run(afterDays: 5)))
        #expect(reason.contains("gone"))
        #expect(try await place.memory.listAll(prefix: "").map(\.key) == [objects.page])
        // It stays on record until somebody takes it off, by the beginning of its name.
        #expect(try await vault.recordedLinks(warn: warn).count == 1)
        _ = try await vault.revokeLink(String(link.id.prefix(8)), at: places, warn: warn)
        #expect(try await vault.recordedLinks(warn: warn).isEmpty)
        #expect(try await place.memory.listAll(prefix: "").map(\.key) == [objects.page])
    }

    @Test func aListOfAnotherShareIsNotRenewed() async throws {
        let first = try await link(days: 30)
        let second = try await link(days: 7)
        let objects = try [first, second].map { try LinkObjects(#require(ShareID(hex: $0.id))) }
        let foreign = try await place.get(objects[1].manifest, maximumByteCount: 1 << 20).array
        try await place.put(objects[0].manifest, foreign)
        let reason = try #require(failure(try await run(afterDays: 5)))
        #expect(reason.contains("another share's"))
        #expect(try await place.get(objects[0].manifest, maximumByteCount: 1 << 20).array == foreign)
    }

    @Test func withoutItsPlaceALinkIsNamed() async throws {
        _ = try await link(days: 30)
        let nowhere = LinkPlaces(published: nil, beside: { _ in nil })
        let renewals = try await vault.renewLinks(
            at: nowhere, now: UTCTime(secondsSince1970: start + 5 * Self.day), warn: warn)
        #expect(failure(renewals.map(\.outcome))?.contains("not known to this machine") ?? false)
        // With the place that it was made with it is renewed.
        #expect(failure(try await run(afterDays: 5)) == nil)
    }

    /// A prune has marked what one snapshot alone needs: another one can be shared.
    @Test func whatIsAboutToBeDeletedIsNotShared() async throws {
        let first = try await bucket.memory.listAll(prefix: "packs/").map(\.key)
        let photos = folder + "/photos"
        try FileManager.default.removeItem(atPath: photos + "/a.jpg")
        try Data(randomBytes(5000)).write(to: URL(filePath: photos + "/b.jpg"))
        _ = try await vault.backUp(
            BackupRequest(collection: "Photos", sources: [SourceRoot(path: photos)]),
            progress: RunProgress(replicaCount: 1), warn: warn)
        _ = try await vault.putTombstone(of: first, .marked)
        let snapshots = try await vault.snapshots(warn: warn).map(\.id.short)
        func link(_ snapshot: String) async throws -> MadeLink {
            try await vault.makeLink(
                LinkRequest(
                    snapshot: SnapshotSelection("Photos@\(snapshot)"), entries: EntrySelection(),
                    lifeSeconds: Self.day), at: places, warn: warn)
        }
        let error = await #expect(throws: LinkConflictError.self) { try await link(snapshots[0]) }
        #expect(error?.hint == "share another snapshot: photobackup snapshots shows what there is")
        #expect(try await link(snapshots[1]).fileCount == 1)
    }

    @Test func whatCannotBePutIsOnNoRecord() async throws {
        let nowhere = LinkPlaces(published: nil, beside: { _ in nil })
        await #expect(throws: LinkError.self) {
            _ = try await vault.makeLink(
                LinkRequest(
                    snapshot: SnapshotSelection("Photos"), entries: EntrySelection(),
                    lifeSeconds: Self.day), at: nowhere, warn: warn)
        }
        #expect(try await vault.recordedLinks(warn: warn).isEmpty)
    }

    @Test(arguments: ["", "abc", "zzzz"])
    func aNameThatIsNoLinksIsRefused(id: String) async throws {
        _ = try await link(days: 7)
        await #expect(throws: LinkError.self) {
            _ = try await vault.revokeLink(id, at: places, warn: warn)
        }
        #expect(try await vault.recordedLinks(warn: warn).count == 1)
    }
}
