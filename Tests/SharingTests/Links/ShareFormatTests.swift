import Crypto
import Foundation
import Testing
import Vault

@testable import Sharing

/// The example of docs/SHARE-FORMAT.md: keys and manifests there were made by another program.
@Suite struct ShareFormatTests {
    static let secret = SecretBytes(copying: [UInt8](0..<32).span.bytes)
    static let id = ShareID(hex: "404142434445464748494a4b4c4d4e4f")!
    static let sealed = """
        BtP_aYaJCelS6rOCN27W72-fu8pWAoGAq9O1FWfmoRRtZEdtDABgNMC6JFh1Vs_kPJVjsdYgZ4SbGlE5kiSBfhGvxZIlWJ9s5iqiQd5OJyGb\
        HhUm94p7beNvUXFIDkjjd3thmg6Sc2_TBh0KR_XCDseUCVz-nowRzCcQAiM2epbW2rgr51frseXKLL7_JCoadhJOjF0MRU9JfbUWXM5xk-e_\
        gH8I
        """
    static let sealedWithPassword = """
        EOc99JkQKDeT-buEnq1tG50lmaDo6DuSIx4kLn3Tltfmk0XC3dwdCE6p1R0Pdq23X8pf6AyHcRdrN2NxKyidUMOTq1xpc3ttlzp_ck41LS1Q\
        oqqsvn0J_LNwEpWCbqkcrQ8g4d6DJuEq0MPTlnEpQmiTzAWCpaurOaYiVfxZLN9yuF-gpCoqMORdmSpJcH059NI-KTy9FL2nKXGLsANRxDOj\
        e2AI
        """
    static let json = """
        {"files":[{"content":[],"name":"empty.txt","size":0}],"format":1,"packs":[],"title":"Example",\
        "vault":"505152535455565758595a5b5c5d5e5f"}
        """
    static let manifest = ShareManifest(
        title: "Example", vault: "505152535455565758595a5b5c5d5e5f", packs: [],
        files: [ShareManifest.File(name: "empty.txt", size: 0, content: [])])

    private func hex(_ key: SecretBytes) -> String { key.withUnsafeBytes { [UInt8]($0).hex } }

    private func stretched(_ password: String) throws -> (key: SecretBytes, check: [UInt8]) {
        try ShareKey.make(
            secret: Self.secret, id: Self.id, password: SecretBytes(copying: Array(password.utf8).span.bytes),
            passes: 2, memoryByteCount: 64 << 20)
    }

    @Test func theFragmentIsTheExamples() throws {
        let text = "AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
        #expect(ShareFragment(secret: Self.secret).text == text)
        #expect(try ShareFragment(parsing: text).secret == Self.secret)
    }

    @Test func theKeyOpensTheExamplesManifest() throws {
        let key = ShareKey.make(secret: Self.secret, id: Self.id)
        #expect(hex(key) == "b63f7ba2132d42d8497b5d132bdea09b4553d0105cfad409069a369aa1218e2a")
        let sealed = try #require([UInt8](base64URL: Self.sealed))
        #expect(try ShareManifest(opening: sealed, key: key, id: Self.id) == Self.manifest)
    }

    /// Both spellings of the password's `ö`: a letter, and a letter with a combining mark.
    @Test(arguments: ["M\u{f6}we", "Mo\u{308}we"])
    func thePasswordOpensTheExamplesManifest(password: String) throws {
        let salt = ShareKey.salt(Self.secret, Self.id)
        #expect(salt.hex == "eb9270d9edb4af9879324ef1640e1baa")
        let (key, check) = try stretched(password)
        #expect(check.hex == "9cdf9c1b01f7f91879ee228b3922510fd03836cbe4b1e228603c778397c6b65c")
        #expect(hex(key) == "f678ec72106c220430594624d4a8bd5c62449a428d21d9c906c96b1b757f8f0f")
        let sealed = try #require([UInt8](base64URL: Self.sealedWithPassword))
        #expect(try ShareManifest(opening: sealed, key: key, id: Self.id) == Self.manifest)
    }

    @Test func theManifestIsWrittenAsTheExampleIs() throws {
        #expect(String(decoding: Self.manifest.json, as: UTF8.self) == Self.json)
        let key = ShareKey.make(secret: Self.secret, id: Self.id)
        let sealed = try Self.manifest.sealed(key: key, id: Self.id)
        #expect(try ShareManifest(opening: sealed, key: key, id: Self.id) == Self.manifest)
    }

    @Test func aListThatIsTooLongIsDivided() throws {
        let key = ShareKey.make(secret: Self.secret, id: Self.id)
        func manifest(_ files: some Sequence<Int>) -> ShareManifest {
            ShareManifest(
                title: "Long", vault: Self.manifest.vault, packs: [],
                files: files.map { ShareManifest.File(name: "\($0)\(long)", size: 0, content: []) })
        }
        let long = String(repeating: "x", count: 1 << 20)
        let error = #expect(throws: LinkError.self) { try manifest(0...64).sealed(key: key, id: Self.id) }
        #expect(error?.hint == "share fewer files, or folder by folder")
        for part in [0..<40, 40..<65] {
            #expect(try !manifest(part).sealed(key: key, id: Self.id).isEmpty)
        }
    }

    @Test func theHeaderIsWrittenAsTheFormatSays() throws {
        let header = ShareHeader(
            id: Self.id, manifest: "a.manifest",
            password: .init(
                passes: 4, memoryByteCount: 64 << 20, check: [UInt8](repeating: 0xab, count: 32)))
        let check = String(repeating: "ab", count: 32)
        #expect(
            header.text == """
                {"format":1,"id":"404142434445464748494a4b4c4d4e4f","manifest":"a.manifest",\
                "password":{"check":"\(check)","kdf":"argon2id13","memory":67108864,"passes":4}}
                """)
        #expect(try ShareHeader(parsing: header.text) == header)
    }

    @Test func thePageHoldsWhatWasFilledIn() throws {
        let header = ShareHeader(id: Self.id, manifest: nil, password: nil)
        let sealed = try #require([UInt8](base64URL: Self.sealed))
        let packs = ["https://b.example:8443/p/1?X=1", "https://a.example/p", "https://b.example:8443/q"]
        let html = SharePage(header: header, manifest: sealed).html(packs: packs)
        let text = String(decoding: html, as: UTF8.self)
        #expect(text.contains("connect-src https://a.example https://b.example:8443;"))
        #expect(!text.contains("@ORIGINS@") && !text.contains("@HEADER@") && !text.contains("@MANIFEST@"))
        let page = try SharePage(parsing: html)
        #expect(page.header == header && page.manifest == sealed)
    }

    @Test(arguments: [(nil, "connect-src 'none';"), ("a.manifest", "connect-src 'self';")])
    func aPageWithoutPacksAsksNobodyElse(manifest: String?, policy: String) throws {
        let header = ShareHeader(id: Self.id, manifest: manifest, password: nil)
        let html = SharePage(header: header, manifest: manifest == nil ? [1] : []).html(packs: [])
        #expect(String(decoding: html, as: UTF8.self).contains(policy))
        #expect(try SharePage(parsing: html).header == header)
    }
}
