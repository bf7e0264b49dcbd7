import Foundation
import ObjectStore
import Testing

/// Who may read what a directory store makes.
@Suite struct DirectoryAccessTests {
    private static let keys = ["keyring/1.json", "packs/aa/1", "README.txt"].map { ObjectKey($0)! }

    /// Puts and reads back, and returns the modes and groups of all that is there.
    private func made(in root: String) async throws -> [String: (mode: mode_t, group: gid_t)] {
        let store = DirectoryStore(name: "shelf", path: root)
        for key in Self.keys {
            try await store.put(key, [1])
            #expect(try await store.get(key, maximumByteCount: 1).array == [1])
        }
        let names = try #require(FileManager.default.subpaths(atPath: root))
        return try Dictionary(
            uniqueKeysWithValues: names.map { name in
                var status = stat()
                try #require(lstat("\(root)/\(name)", &status) == 0)
                return (name, (status.st_mode & 0o7777, status.st_gid))
            })
    }

    private func isFolder(_ name: String) -> Bool { !Self.keys.contains { $0.rawValue == name } }

    @Test(arguments: [mode_t(0o700), 0o755, 0o705, 0o1755])
    func nobodyElseReadsAReplica(root mode: mode_t) async throws {
        try await withTemporaryDirectory { root in
            chmod(root, mode)
            for (name, made) in try await made(in: root) {
                #expect(made.mode == (isFolder(name) ? 0o700 : 0o600), "\(name)")
            }
        }
    }

    @Test(
        .enabled(if: geteuid() == 0, "only root may give folders to any group"),
        arguments: [mode_t(0o2770), 0o2755, 0o770, 0o775, 0o777])
    func aGroupThatSharesTheRootSharesWhatIsInIt(root mode: mode_t) async throws {
        try await withTemporaryDirectory { root in
            try #require(chown(root, uid_t.max, 4_002) == 0 && chmod(root, mode) == 0)
            for (name, made) in try await made(in: root) {
                #expect(made.mode == (isFolder(name) ? 0o2770 : 0o640), "\(name)")
                #expect(made.group == 4_002)
            }
        }
    }

    /// What an earlier version has made is read, replaced and deleted, and its folders are used.
    @Test func whatIsThereAlreadyStaysAndIsUsed() async throws {
        try await withTemporaryDirectory { root in
            try FileManager.default.createDirectory(
                atPath: root + "/packs/aa", withIntermediateDirectories: true)
            for folder in ["/packs", "/packs/aa"] { chmod(root + folder, 0o755) }
            for name in ["1", "2"] {
                try Data([7]).write(to: URL(filePath: root + "/packs/aa/" + name))
                chmod(root + "/packs/aa/" + name, 0o644)
            }
            let store = DirectoryStore(name: "shelf", path: root)
            let old = ObjectKey("packs/aa/2")!
            #expect(try await store.get(old, maximumByteCount: 1).array == [7])
            let modes = try await made(in: root)
            #expect(modes["packs/aa"]?.mode == 0o755 && modes["packs/aa/2"]?.mode == 0o644)
            #expect(modes["packs/aa/1"]?.mode == 0o600)
            try await store.delete(old)
        }
    }

    /// Whoever may write to the folder could put one there, and nobody would ever write to it.
    @Test(.timeLimit(.minutes(1))) func aPipeInAnObjectsPlaceIsNoObject() async throws {
        try await withTemporaryDirectory { root in
            let store = DirectoryStore(name: "shelf", path: root)
            let key = ObjectKey("packs/aa/1")!
            try await store.put(ObjectKey("packs/aa/2")!, [1])
            try #require(mkfifo(root + "/packs/aa/1", 0o600) == 0)
            var codes: [ObjectStoreError.Code] = []
            do throws(ObjectStoreError) {
                _ = try await store.get(key, maximumByteCount: 1)
            } catch {
                codes.append(error.code)
            }
            do throws(ObjectStoreError) {
                _ = try await store.digest(of: key, maximumByteCount: 1)
            } catch {
                codes.append(error.code)
            }
            do throws(ObjectStoreError) {
                _ = try await store.head(key)
            } catch {
                codes.append(error.code)
            }
            #expect(codes == [.notFound, .notFound, .notFound])
            let names = try await store.list(prefix: "packs/", continuing: nil)
            #expect(names.objects.count == 1 && names.foreignNames == ["packs/aa/1"])
        }
    }
}
