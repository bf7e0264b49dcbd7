import Foundation
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Folders of a snapshot, part by part, compared with the list of all that is in it.
@Suite struct SnapshotBrowserTests {
    private func browser(_ test: TestVault, _ vault: OpenVault) async throws -> SnapshotBrowser {
        try await vault.browser(of: try #require(try vault.knownSnapshots().last).id)
    }

    /// All parts of a folder, one after the other.
    private func names(
        _ browser: SnapshotBrowser, _ folder: EntryPath?, limit: Int, fromPages: Bool = false
    ) async throws -> [String] {
        var names: [String] = []
        var position: EntryPath?
        while true {
            let part =
                fromPages
                ? try await browser.readPart(of: folder, after: position, limit: limit)
                : try await browser.part(of: folder, after: position, limit: limit)
            #expect(part.entries.count == limit || !part.hasMore)
            names += part.entries.map { String(decoding: $0.path.bytes, as: UTF8.self) }
            guard part.hasMore else { return names }
            position = part.entries.last?.path
        }
    }

    /// More entries than a page holds, in folders whose names are the beginning of others'.
    @Test(arguments: [1, 7, 1000]) func everyFolderIsShownWholeWhateverThePartsAre(limit: Int) async throws {
        let test = try await TestVault()
        let vault = try await test.open()
        for folder in ["a", "a b", "a-b", "a/c", "b", "b/deep/er"] {
            for number in 0..<(folder == "a/c" ? 3000 : 20) {
                try test.write([], to: "photos/\(folder)/\(number).jpg")
            }
        }
        try await test.backUp(vault)
        let browser = try await browser(test, vault)
        #expect(browser.snapshot.pages.count > 1)
        var all: [Entry] = []
        try await vault.list(SnapshotSelection("Photos"), EntrySelection(), warn: test.warn) {
            all.append($0)
        }
        let folders = all.filter { $0.kind == .directory }.map(\.path)
        // With parts of one, a folder of 3,000 takes too long and shows no more than one of 20.
        for folder in [nil] + folders.map(Optional.some)
        where limit > 1 || folder?.bytes.last != UInt8(ascii: "c") {
            let expected = all.filter { $0.path.parent == folder }.map {
                String(decoding: $0.path.bytes, as: UTF8.self)
            }
            for fromPages in [false, true] {
                let found = try await names(browser, folder, limit: limit, fromPages: fromPages)
                #expect(found == expected, "\(String(describing: folder)), from pages: \(fromPages)")
            }
        }
    }

    @Test func aFileIsFoundByItsPathAndAFolderIsNone() async throws {
        let (test, vault) = try await TestVault.withThreeSnapshots()
        let browser = try await browser(test, vault)
        let path = try #require(EntryPath("photos/1.jpg".utf8))
        let file = try #require(try await browser.file(path))
        #expect(try await vault.content(of: file) == noise(3000, seed: 1))
        for other in ["photos", "photos/9.jpg", "a", "zzz"] {
            let path = try #require(EntryPath(other.utf8))
            #expect(try await browser.file(path)?.entry == nil)
        }
    }

    /// The newest state is in the catalog: no replica is asked for it. An older one is shown as it was.
    @Test func theNewestSnapshotComesFromTheCatalogAndAnOlderOneFromAReplica() async throws {
        let (test, vault) = try await TestVault.withThreeSnapshots()
        let newest = try await browser(test, vault)
        let oldest = try await vault.browser(of: try #require(try vault.knownSnapshots().first).id)
        #expect(try await names(oldest, EntryPath("photos".utf8), limit: 2) == ["photos/0.jpg"])
        for replica in test.replicas { replica.fault { $0.get != nil ? .connectionFailed : nil } }
        for fromPages in [false, true] {
            let found = try await names(newest, EntryPath("photos".utf8), limit: 2, fromPages: fromPages)
            #expect(found == ["photos/0.jpg", "photos/1.jpg", "photos/2.jpg"])
        }
    }
}
