import Crypto
import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// Google, R2, Alibaba and Tencent send no `x-amz-…`, and some servers' default type is `text/html`: the bytes tell an
/// object from a page for people.
@Suite struct PageTypeTests {
    private static let type = [("Content-Type", "text/html; charset=UTF-8")]

    private func store(_ body: String) throws -> ScriptedStore {
        try ScriptedStore([
            .answer(
                200,
                headers: Self.type + [("ETag", "\"e\""), ("Last-Modified", ScriptedStore.date)],
                body: body)
        ])
    }

    @Test func anObjectThatIsTypedAsAPageIsRead() async throws {
        let pack = ObjectKey("packs/aa/1")!
        let bytes = "sealed, and no page"
        let scripted = try store(bytes)
        #expect(try await scripted.store.get(pack, maximumByteCount: 100).array == Array(bytes.utf8))
        let digest = try await scripted.store.digest(of: pack, maximumByteCount: 100)
        #expect(digest.sha256 == SHA256.hash(Array(bytes.utf8)))
        #expect(try await scripted.store.head(pack).byteCount == bytes.utf8.count)
        let empty = try store("")
        try await empty.store.delete(pack)
    }

    @Test func thePageOfALinkIsRead() async throws {
        let page = "<!doctype html><title>x</title>"
        let scripted = try store(page)
        let read = try await scripted.store.get(ObjectKey("shares/a.html")!, maximumByteCount: 100)
        #expect(read.array == Array(page.utf8))
    }

    @Test(arguments: [
        "<!DOCTYPE html><html>", "\n\n<html>", "\u{feff}<script>", "<?xml version=\"1.0\"?><html>",
    ])
    func aPageInPlaceOfAnObjectIsNoObject(_ page: String) async throws {
        let pack = ObjectKey("packs/aa/1")!
        let scripted = try store(page)
        let read = await code { () throws(ObjectStoreError) in
            try await scripted.store.get(pack, maximumByteCount: 100)
        }
        #expect(read == .malformedAnswer)
        let hashed = await code { () throws(ObjectStoreError) in
            try await scripted.store.digest(of: pack, maximumByteCount: 100)
        }
        #expect(hashed == .malformedAnswer)
    }
}
