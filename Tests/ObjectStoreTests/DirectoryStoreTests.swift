import Foundation
import ObjectStore
import Testing

@Suite struct DirectoryStoreTests {
    private let key = ObjectKey("packs/aa/1")!

    private func failure<Value>(
        of body: () async throws(ObjectStoreError) -> Value
    ) async -> ObjectStoreError? {
        do throws(ObjectStoreError) {
            _ = try await body()
            return nil
        } catch {
            return error
        }
    }

    private func write(_ text: String, to path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test func aDirectoryThatIsNotThereIsNeverMade() async throws {
        try await withTemporaryDirectory { parent in
            let store = DirectoryStore(name: "shelf", path: parent + "/not-mounted")
            let failures = [
                await failure { () throws(ObjectStoreError) in try await store.put(key, [1]) },
                await failure { () throws(ObjectStoreError) in try await store.get(key, maximumByteCount: 1)
                },
                await failure { () throws(ObjectStoreError) in try await store.head(key) },
                await failure { () throws(ObjectStoreError) in
                    try await store.list(prefix: "", continuing: nil)
                },
                await failure { () throws(ObjectStoreError) in try await store.delete(key) },
            ]
            #expect(failures.map { $0?.code } == Array(repeating: .containerNotFound, count: 5))
            #expect(failures.allSatisfy { $0?.hint == "is the disk mounted?" })
            let made = try FileManager.default.contentsOfDirectory(atPath: parent)
            #expect(made.isEmpty)
        }
    }

    @Test func aBareDirectoryThatHeldAReplicaIsNotThere() async throws {
        try await withTemporaryDirectory { root in
            let store = DirectoryStore(name: "shelf", path: root)
            store.expect(anyOf: ["keyring/", "packs/"])
            try FileManager.default.createDirectory(
                atPath: root + "/lost+found", withIntermediateDirectories: true)
            let failures = [
                await failure { () throws(ObjectStoreError) in try await store.put(key, [1]) },
                await failure { () throws(ObjectStoreError) in
                    try await store.list(prefix: "", continuing: nil)
                },
            ]
            #expect(failures.map { $0?.code } == [.containerNotFound, .containerNotFound])
            #expect(try FileManager.default.contentsOfDirectory(atPath: root) == ["lost+found"])

            // A folder that cannot be looked at is not taken for absent.
            let unreadable = root + "/packs"
            try FileManager.default.createSymbolicLink(atPath: unreadable, withDestinationPath: "packs")
            let failure = await failure { () throws(ObjectStoreError) in
                try await store.head(ObjectKey("keyring/1")!)
            }
            #expect(failure?.code == .notFound)
            try FileManager.default.removeItem(atPath: unreadable)

            // One folder is enough to know it by: what is gone beside it is damage.
            try FileManager.default.createDirectory(
                atPath: root + "/packs", withIntermediateDirectories: true)
            try await store.put(key, [1])
            #expect(try await store.get(key, maximumByteCount: 1).array == [1])
        }
    }

    @Test func objectsAreFilesUnderTheirOwnNames() async throws {
        try await withTemporaryDirectory { root in
            try await DirectoryStore(name: "shelf", path: root).put(key, Array("content".utf8))
            #expect(try String(contentsOfFile: root + "/packs/aa/1", encoding: .utf8) == "content")
        }
    }

    @Test func aPutThatFailsLeavesNothingBehind() async throws {
        try await withTemporaryDirectory { root in
            try write("a file where a folder should be", to: root + "/packs")
            let store = DirectoryStore(name: "shelf", path: root)
            #expect(await failure { () throws(ObjectStoreError) in try await store.put(key, [1]) } != nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/.tmp~").isEmpty)
            let page = try await store.list(prefix: "", continuing: nil)
            #expect(page.objects.map(\.key.rawValue) == ["packs"])
        }
    }

    @Test func whatIsNoObjectIsForeign() async throws {
        try await withTemporaryDirectory { root in
            let store = DirectoryStore(name: "shelf", path: root)
            try await store.put(key, [1])
            try await store.put(.readme, [1])
            try write("", to: root + "/packs/aa/Photo 1.jpg")
            try write("", to: root + "/lost+found/#1234")
            try FileManager.default.createSymbolicLink(
                atPath: root + "/packs/aa/link", withDestinationPath: root + "/packs/aa/1")
            let notUTF8 = root.utf8.map { CChar(bitPattern: $0) } + [0x2f, 0x70, CChar(bitPattern: 0xe9), 0]
            close(open(notUTF8, O_CREAT | O_WRONLY, 0o600))

            let page = try await store.list(prefix: "", continuing: nil)
            #expect(page.objects.map(\.key) == [.readme, key])
            #expect(
                page.foreignNames == ["lost+found/", "packs/aa/Photo 1.jpg", "packs/aa/link", "p\u{fffd}"])
            #expect(page.nextToken == nil)
            #expect(try await store.list(prefix: "packs/", continuing: nil).foreignNames.count == 2)

            let link = ObjectKey("packs/aa/link")!
            #expect(
                await failure { () throws(ObjectStoreError) in try await store.head(link) }?.code == .notFound
            )
            let read = await failure { () throws(ObjectStoreError) in
                try await store.get(link, maximumByteCount: 10)
            }
            #expect(read?.code == .notFound)
        }
    }

    @Test func aListingGoesOnBehindForeignNames() async throws {
        try await withTemporaryDirectory { root in
            let store = DirectoryStore(name: "shelf", path: root)
            for number in 0..<1500 { try write("", to: root + "/foreign/NAME-\(number)") }
            try await store.put(ObjectKey("z")!, [1])
            var names: [String] = []
            var token: String?
            repeat {
                let page = try await store.list(prefix: "", continuing: token)
                names += page.foreignNames + page.objects.map(\.key.rawValue)
                token = page.nextToken
            } while token != nil
            #expect(names.count == 1501)
            #expect(Set(names).count == 1501)
            #expect(names.last == "z")
        }
    }

    @Test func aTokenOfAnotherStoreIsRefused() async throws {
        try await withTemporaryDirectory { root in
            let store = DirectoryStore(name: "shelf", path: root)
            let error = await failure { () throws(ObjectStoreError) in
                try await store.list(prefix: "", continuing: "no token")
            }
            #expect(error?.code == .malformedAnswer)
        }
    }
}
