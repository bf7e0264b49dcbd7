import Foundation
import ObjectStore
import Testing

/// What a killed run has left of an object that it was writing goes, and nothing else does.
@Suite struct TemporaryFilesTests {
    private let old = String(repeating: "0a", count: 16)
    private let young = String(repeating: "1b", count: 16)

    private func write(_ name: String, in root: String, secondsAgo: TimeInterval) throws {
        let folder = root + "/.tmp~"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "half".write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -secondsAgo)], ofItemAtPath: "\(folder)/\(name)")
    }

    @Test func whatIsOlderThanADayGoesWithTheFirstPut() async throws {
        try await withTemporaryDirectory { root in
            try write(old, in: root, secondsAgo: 2 * 86_400)
            try write(young, in: root, secondsAgo: 3600)
            try write("notes", in: root, secondsAgo: 9 * 86_400)
            let store = DirectoryStore(name: "shelf", path: root)
            // Reading never writes.
            #expect(try await store.listAll(prefix: "").isEmpty)
            let before = try FileManager.default.contentsOfDirectory(atPath: root + "/.tmp~")
            #expect(before.count == 3)
            try await store.put(ObjectKey("packs/aa/1")!, [1])
            let left = try FileManager.default.contentsOfDirectory(atPath: root + "/.tmp~")
            #expect(left.sorted() == [young, "notes"])
            #expect(try await store.listAll(prefix: "").map(\.key.rawValue) == ["packs/aa/1"])
        }
    }
}
