import Crypto
import Foundation
import Testing
import Vault

@testable import Sharing

/// What is wrong with a share opens nothing, and is named.
@Suite struct WrongShareTests {
    private let secret = ShareFormatTests.secret
    private let id = ShareFormatTests.id

    private func code(_ body: () throws -> Void) -> LinkError.Code? {
        do {
            try body()
            return nil
        } catch let error as LinkError {
            return error.code
        } catch {
            Issue.record(error)
            return nil
        }
    }

    // MARK: - Fragment

    @Test(arguments: [
        ("", LinkError.Code.malformed), ("AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4", .malformed),
        ("AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fA", .malformed),
        ("AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4=", .malformed),
        ("AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4+", .malformed),
        ("AgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f", .newerFormat),
    ])
    func aFragmentThatIsNone(text: String, expected: LinkError.Code) {
        #expect(code { _ = try ShareFragment(parsing: text) } == expected)
    }

    @Test func lettersThatAreNoBase64URLAreRefused() {
        for text in ["A", "AAAAA", "AB", "AAF", "A A=", "ä", "AA=="] {
            #expect([UInt8](base64URL: text) == nil, "\(text)")
        }
        for count in 0...67 {
            let bytes = randomBytes(count)
            #expect([UInt8](base64URL: bytes.base64URL) == bytes)
        }
    }

    // MARK: - Header

    private func header(_ change: (inout [String: Any]) -> Void) throws -> String {
        let check = String(repeating: "0", count: 64)
        var header: [String: Any] = [
            "format": 1, "id": id.hex,
            "password": ["kdf": "argon2id13", "passes": 2, "memory": 64 << 20, "check": check],
        ]
        change(&header)
        return String(decoding: try JSONSerialization.data(withJSONObject: header), as: UTF8.self)
    }

    @Test func aHeaderAtTheBoundsIsTaken() throws {
        for (passes, memory) in [(2, 64 << 20), (4, 1 << 30), (64, 64 << 20)] {
            let text = try header { header in
                var password = header["password"] as! [String: Any]
                (password["passes"], password["memory"]) = (passes, memory)
                header["password"] = password
            }
            #expect(try ShareHeader(parsing: text).password?.memoryByteCount == memory)
        }
    }

    @Test(arguments: [
        (1, 64 << 20), (2, (64 << 20) - 1024), (2, (1 << 30) + 1024), (5, 1 << 30), (65, 64 << 20),
        (2, (64 << 20) + 1), (0, 0), (-1, 64 << 20), (2, -1),
    ])
    func parametersBelowTheFloorOrAboveTheCeilingAreRefused(passes: Int, memory: Int) throws {
        let text = try header { header in
            var password = header["password"] as! [String: Any]
            (password["passes"], password["memory"]) = (passes, memory)
            header["password"] = password
        }
        #expect(code { _ = try ShareHeader(parsing: text) } == .malformed)
    }

    @Test func aHeaderThatIsNoneIsRefused() throws {
        let wrongs = [
            "", "{", "[]", "{}",
            try header { $0["id"] = "4041" }, try header { $0["id"] = id.hex.uppercased() },
            try header { $0["format"] = 0 }, try header { $0["manifest"] = "../a" },
            try header { $0["manifest"] = "" }, try header { $0["manifest"] = ".a" },
            try header { $0["manifest"] = "https://elsewhere.example/a" },
            try header { $0["manifest"] = String(repeating: "a", count: 129) },
            try header { $0["password"] = ["kdf": "argon2id13"] },
        ]
        for text in wrongs { #expect(code { _ = try ShareHeader(parsing: text) } == .malformed, "\(text)") }
        #expect(code { _ = try ShareHeader(parsing: header { $0["format"] = 2 }) } == .newerFormat)
    }

    // MARK: - Manifest

    @Test func theManifestOfAnotherShareDoesNotOpen() throws {
        let other = ShareID(hex: String(repeating: "5a", count: 16))!
        let sealed = try ShareFormatTests.manifest.sealed(
            key: ShareKey.make(secret: secret, id: other), id: other)
        // Under this share's key, with this share's secret and the other's id, and the other way round.
        let key = ShareKey.make(secret: secret, id: id)
        #expect(code { _ = try ShareManifest(opening: sealed, key: key, id: id) } == .notOpened)
        let otherKey = ShareKey.make(secret: secret, id: other)
        #expect(code { _ = try ShareManifest(opening: sealed, key: otherKey, id: id) } == .notOpened)
        #expect(code { _ = try ShareManifest(opening: sealed, key: key, id: other) } == .notOpened)
    }

    @Test func aManifestThatWasAlteredAnywhereDoesNotOpen() throws {
        let key = ShareKey.make(secret: secret, id: id)
        let sealed = try ShareFormatTests.manifest.sealed(key: key, id: id)
        for place in sealed.indices {
            var altered = sealed
            altered[place] ^= 1
            #expect(code { _ = try ShareManifest(opening: altered, key: key, id: id) } == .notOpened)
        }
        for length in [0, 10, sealed.count - 1] {
            let short = Array(sealed[..<length])
            #expect(code { _ = try ShareManifest(opening: short, key: key, id: id) } == .notOpened)
        }
    }

    /// A number in the header that was altered gives another key.
    @Test func anAlteredHeaderOpensNothing() throws {
        let password = SecretBytes(copying: Array("secret".utf8).span.bytes)
        func key(_ id: ShareID, passes: UInt64) throws -> SecretBytes {
            try ShareKey.make(
                secret: secret, id: id, password: password, passes: passes, memoryByteCount: 64 << 20
            ).key
        }
        let right = try key(id, passes: 2)
        let sealed = try ShareFormatTests.manifest.sealed(key: right, id: id)
        #expect(
            try ShareManifest(opening: sealed, key: key(id, passes: 2), id: id) == ShareFormatTests.manifest)
        let otherPasses = try key(id, passes: 3)
        #expect(code { _ = try ShareManifest(opening: sealed, key: otherPasses, id: id) } == .notOpened)
        let without = ShareKey.make(secret: secret, id: id)
        #expect(code { _ = try ShareManifest(opening: sealed, key: without, id: id) } == .notOpened)
    }

    private static let chunk = ShareManifest.Chunk(
        pack: 0, offset: 0, length: 24 + 5 + 17, key: [UInt8](repeating: 7, count: 32).base64URL, size: 5)

    @Test func aManifestWithAnyPartWrongIsRefused() throws {
        let vault = String(repeating: "ab", count: 16)
        let packs = ["https://a.example/p"]
        let file = ShareManifest.File(name: "a", size: 5, content: [Self.chunk])
        func chunk(
            pack: Int = 0, offset: Int = 0, length: Int = 46, key: String? = nil, size: Int = 5,
            zstd: Bool? = nil
        ) -> ShareManifest {
            let chunk = ShareManifest.Chunk(
                pack: pack, offset: offset, length: length, key: key ?? Self.chunk.key, size: size, zstd: zstd
            )
            return ShareManifest(
                vault: vault, packs: packs, files: [.init(name: "a", size: size, content: [chunk])])
        }
        func named(_ name: String) -> ShareManifest {
            ShareManifest(
                vault: vault, packs: packs, files: [.init(name: name, size: 5, content: [Self.chunk])])
        }
        let wrongs = [
            ShareManifest(vault: "ab", packs: packs, files: [file]),
            ShareManifest(vault: vault, packs: ["file:///etc/passwd"], files: [file]),
            ShareManifest(vault: vault, packs: [], files: [file]),
            ShareManifest(vault: vault, packs: packs, files: [file, file]),
            ShareManifest(
                vault: vault, packs: packs, files: [.init(name: "a", size: 6, content: [Self.chunk])]),
            ShareManifest(vault: vault, packs: packs, files: [.init(name: "a", size: -1)]),
            named(""), named("/a"), named("a/"), named("a//b"), named(".."), named("a/../b"), named("./a"),
            named("a\\b"), named("a\nb"), named("a\u{7f}"),
            chunk(pack: 1), chunk(pack: -1), chunk(offset: -1), chunk(offset: 20_971_770),
            chunk(offset: .max), chunk(length: 45), chunk(length: 0), chunk(key: "AAAA"),
            chunk(size: -1), chunk(length: 46, size: 4_194_305, zstd: true),
        ]
        let key = ShareKey.make(secret: secret, id: id)
        for wrong in wrongs {
            let sealed = try wrong.sealed(key: key, id: id)
            #expect(
                code { _ = try ShareManifest(opening: sealed, key: key, id: id) } == .malformed,
                "\(String(decoding: wrong.json, as: UTF8.self))")
        }
        for right in [chunk(), chunk(length: 40, zstd: true), chunk(offset: 20_971_769)] {
            #expect(try ShareManifest(opening: right.sealed(key: key, id: id), key: key, id: id) == right)
        }
        var newer = ShareFormatTests.manifest
        newer.format = 2
        let sealed = try newer.sealed(key: key, id: id)
        #expect(code { _ = try ShareManifest(opening: sealed, key: key, id: id) } == .newerFormat)
    }

    // MARK: - Page

    @Test(arguments: ["", "<html></html>", #"<script id="share-header">{"format":1}"#])
    func aPageThatIsNoneIsRefused(html: String) {
        #expect(code { _ = try SharePage(parsing: Array(html.utf8)) } == .malformed)
    }

    @Test func aPageWithoutItsManifestIsRefused() {
        let html = SharePage(header: ShareHeader(id: id, manifest: nil, password: nil), manifest: []).html(
            packs: [])
        #expect(code { _ = try SharePage(parsing: html) } == .malformed)
    }
}
