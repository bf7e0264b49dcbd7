import ObjectStore
import ServerTesting
import Testing

@testable import S3

@Suite struct ListingTests {
    private func contents(_ keys: String...) -> String {
        keys.map {
            "<Contents><Key>\($0)</Key><LastModified>2027-01-15T08:00:00.000Z</LastModified><Size>7</Size>"
                + "<Owner><Key>no key of an object</Key></Owner></Contents>"
        }.joined()
    }

    private func cut(token: String) -> String {
        "<IsTruncated>true</IsTruncated><NextContinuationToken>\(token)</NextContinuationToken>"
    }

    private let whole = "<IsTruncated>false</IsTruncated>"

    private func failure(_ replies: ScriptedServer.Reply...) async throws -> ObjectStoreError? {
        let scripted = try ScriptedStore(replies)
        return await S3Tests.failure { () throws(ObjectStoreError) in
            try await scripted.store.listAll(prefix: "")
        }
    }

    @Test func pagesFollowEachOtherByTheProvidersToken() async throws {
        let scripted = try ScriptedStore([
            .listing(contents("a/1", "a/2") + cut(token: "1/+ =&amp;&lt;token&gt;")),
            .listing(whole + contents("a/3")),
        ])
        let objects = try await scripted.store.listAll(prefix: "a/")
        #expect(objects.map(\.key.rawValue) == ["a/1", "a/2", "a/3"])
        #expect(objects.allSatisfy { $0.byteCount == 7 && $0.modified == ScriptedStore.now })
        let targets = scripted.server.requests.map(\.target)
        #expect(targets[0] == "/photos?encoding-type=url&list-type=2&max-keys=1000&prefix=a%2F")
        #expect(targets[1].contains("continuation-token=1%2F%2B%20%3D%26%3Ctoken%3E&"))
    }

    @Test func foreignNamesAreNamed() async throws {
        let scripted = try ScriptedStore([
            .listing(whole + contents("Photo 1.JPG", "a//2", "a/1", "caf\u{e9}", "r&#38;d"))
        ])
        let page = try await scripted.store.list(prefix: "", continuing: nil)
        #expect(page.objects.map(\.key.rawValue) == ["a/1"])
        #expect(page.foreignNames == ["Photo 1.JPG", "a//2", "caf\u{e9}", "r&d"])
    }

    @Test func anEmptyListingIsEmptyOnlyWhenItSaysSo() async throws {
        #expect(try await failure(.listing(whole)) == nil)
        #expect(try await failure(.listing(""))?.code == .malformedAnswer)
        #expect(try await failure(.answer(200))?.code == .malformedAnswer)
    }

    @Test func aListingThatCannotBeIsRefused() async throws {
        let impossible = [
            [contents("b", "a") + whole],
            [contents("a", "a") + whole],
            [contents("a") + "<IsTruncated>true</IsTruncated>"],
            [contents("a") + cut(token: "")],
            [contents("a") + cut(token: "t"), contents("a") + whole],
            [
                contents("a") + cut(token: "t"), contents("b") + cut(token: "t"),
                contents("c") + cut(token: "t"),
            ],
            [cut(token: "t"), cut(token: "t")],
            ["<Contents><Key>a</Key><LastModified>2027-01-15T08:00:00Z</LastModified></Contents>" + whole],
            [
                "<Contents><Key>a</Key><Size>-1</Size><LastModified>2027-01-15T08:00:00Z</LastModified></Contents>"
                    + whole
            ],
        ]
        for pages in impossible {
            let scripted = try ScriptedStore(pages.map { .listing($0) })
            let code = await code { () throws(ObjectStoreError) in
                try await scripted.store.listAll(prefix: "")
            }
            #expect(code == .malformedAnswer, "\(pages)")
        }
    }

    /// Nobody needs the time of each object; what came at a time that nobody can read counts as new.
    @Test func aTimeThatCannotBeReadIsUnknown() async throws {
        let scripted = try ScriptedStore([
            .listing(
                "<Contents><Key>a</Key><Size>1</Size><LastModified>yesterday</LastModified></Contents>"
                    + whole)
        ])
        #expect(
            try await scripted.store.listAll(prefix: "") == [
                ObjectInfo(key: ObjectKey("a")!, byteCount: 1, modified: ObjectInfo.unknownTime)
            ])
    }

    @Test(arguments: ["", "<NextContinuationToken/>", "<NextMarker>b</NextMarker>"])
    func aServiceOfTheFirstVersionGoesOnAfterTheLastName(_ more: String) async throws {
        let scripted = try ScriptedStore([
            .listing("<IsTruncated>true</IsTruncated>" + more + contents("a", "b")),
            .listing(whole + contents("c")),
        ])
        let names = try await scripted.store.listAll(prefix: "").map(\.key.rawValue)
        #expect(names == ["a", "b", "c"])
        let target = scripted.server.requests[1].target
        #expect(target.contains("marker=b&") && target.contains("start-after=b"))
    }

    /// The end of a listing that goes on and on without a name.
    @Test func pagesWithoutNamesEnd() async throws {
        let server = try ScriptedServer { index, _ in .listing(cut(token: "\(index % 2)")) }
        let store = try ScriptedStore(server).store
        let error = await S3Tests.failure { () throws(ObjectStoreError) in try await store.listAll(prefix: "")
        }
        #expect(error?.code == .malformedAnswer && error?.store == "scripted")
        #expect(server.requests.count == ListToken.emptyPageLimit)
    }

    @Test func aListingThatCannotGoOnIsFoundOutByTwoPages() async throws {
        let same = ScriptedServer.Reply.listing("<IsTruncated>true</IsTruncated>" + contents("a"))
        let unable = try ScriptedStore([same])
        let error = await S3Tests.failure { () throws(ObjectStoreError) in
            try await unable.store.requireListing()
        }
        #expect(error?.code == .unsupported && error?.reason.contains("page by page") == true)
        let refusing = try ScriptedStore([same, .error(404, "NoSuchConfiguration")])
        #expect(
            await code { () throws(ObjectStoreError) in try await refusing.store.requireListing() }
                == .unsupported)
        let able = try ScriptedStore([same, .listing(whole + contents("b"))])
        try await able.store.requireListing()
        #expect(able.server.requests.allSatisfy { $0.target.contains("max-keys=1&") })
    }

    @Test func aServiceThatDoesNotEncodeNamesIsNotAskedAgain() async throws {
        let server = try ScriptedServer { _, request in
            request.target.contains("encoding-type")
                ? .error(400, "InvalidArgument") : .listing(whole + contents("a"))
        }
        let store = try ScriptedStore(server).store
        for _ in 0..<2 { #expect(try await store.listAll(prefix: "").count == 1) }
        #expect(server.requests.count == 3)
    }

    /// A stranger's names hide none of ours, whatever bytes they are and however the service writes them down.
    @Test(arguments: [
        "b&#x8;", "b&#8;", "b&#x1F;c", "b&#xFFFE;", "b&#xFFFF;", "b\u{8}", "b\u{fffe}", "b&#0;", "b&#xD800;",
        "b&#x0000000008;", "b?", "\u{1}", "z&#1;\u{1}&#xFFFE;",
    ])
    func aNameThatXMLCannotHoldIsForeign(_ name: String) async throws {
        let scripted = try ScriptedStore([.listing(whole + contents("a/1", name, "c/1"))])
        let page = try await scripted.store.list(prefix: "", continuing: nil)
        #expect(page.objects.map(\.key.rawValue) == ["a/1", "c/1"])
        #expect(page.foreignNames.count == 1)
    }

    @Test(arguments: [
        ("b%08", "b\u{8}"), ("b%EF%BF%BE", "b\u{fffe}"), ("b%2Bc", "b+c"), ("b+c", "b c"), ("b%20c", "b c"),
        ("b%FF", "b\u{fffd}"), ("b%", "b%"), ("b%zz", "b%zz"), ("b%00", "b\0"),
    ])
    func encodedNamesAreDecoded(_ encoded: String, _ name: String) async throws {
        let answer = whole + contents("a%2F1", encoded, "c/1") + "<EncodingType>url</EncodingType>"
        let scripted = try ScriptedStore([.listing(answer)])
        let page = try await scripted.store.list(prefix: "", continuing: nil)
        #expect(page.objects.map(\.key.rawValue) == ["a/1", "c/1"])
        #expect(page.foreignNames == [name])
    }

    @Test func namesThatWereNotAskedForAreRefused() async throws {
        let scripted = try ScriptedStore([.listing(contents("b/1") + whole)])
        #expect(
            await code { () throws(ObjectStoreError) in try await scripted.store.listAll(prefix: "a/") }
                == .malformedAnswer)
    }

    @Test(
        arguments: [
            "<!DOCTYPE ListBucketResult [<!ENTITY k \"a\">]><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
            "<!DOCTYPE l SYSTEM \"http://127.0.0.1:1/l.dtd\"><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
            "<ListBucketResult><IsTruncated>false</IsTruncated>",
            "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult><more/>",
            "<Error><Code>NoSuchBucket</Code></Error>", "{\"Contents\": []}", "",
            "<html><body>Welcome</body></html>",
        ])
    func whatIsNoListingIsRefused(_ text: String) {
        #expect(throws: MalformedXML.self) {
            try Array(text.utf8).withUnsafeBytes { bytes throws(MalformedXML) in try ListAnswer(bytes) }
        }
    }

    @Test func aDocumentTypeIsRefusedByName() {
        let text = "<!DOCTYPE l [<!ENTITY k \"a\">]><ListBucketResult/>"
        let error = #expect(throws: MalformedXML.self) {
            try Array(text.utf8).withUnsafeBytes { bytes throws(MalformedXML) in try ListAnswer(bytes) }
        }
        #expect(error?.reason.contains("document type") == true)
    }
}

@Suite struct TimestampTests {
    @Test func listingsAndHeadersTellTheSameTime() {
        #expect(Timestamp.parse(iso8601: "2027-01-15T08:00:00.000Z") == 1_800_000_000)
        #expect(Timestamp.parse(iso8601: "2027-01-15T08:00:00Z") == 1_800_000_000)
        #expect(Timestamp.parse(httpDate: "Fri, 15 Jan 2027 08:00:00 GMT") == 1_800_000_000)
        // RFC 9110's example.
        #expect(Timestamp.parse(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
    }

    @Test(arguments: [
        "2027-01-15T08:00:00+00:00", "2027-01-15T08:00:00.000+0000", "2027-01-15T10:00:00+02:00",
        "2027-01-15T04:30:00.5-0330", "2027-01-15T09:00:00+01", "2027-01-15t08:00:00z",
        "2027-01-15 08:00:00Z",
        "2027-01-15T08:00:00.123456789Z",
    ])
    func zonesAreRead(_ text: String) {
        #expect(Timestamp.parse(iso8601: text) == 1_800_000_000)
    }

    @Test(arguments: ["+0000", "UTC", "GMT"])
    func zonesOfHeadersAreRead(_ zone: String) {
        #expect(Timestamp.parse(httpDate: "Fri, 15 Jan 2027 08:00:00 \(zone)") == 1_800_000_000)
    }

    @Test(arguments: [
        "", "2027-01-15", "2027-13-15T08:00:00Z", "2027-01-15T24:00:00Z", "2027-01-15T08:00:00",
        "2027-01-15T08:00:00+1", "2027-01-15T08:00:00+99:00", "2027-01-15T08:00:00+0a:00",
        "99999999999999999999-01-15T08:00:00Z", "2027-01-15T08:00:0\u{663}Z", "2027-01-15T08:00:00+",
    ])
    func whatIsNoTimeInAListingIsNone(_ text: String) {
        #expect(Timestamp.parse(iso8601: text) == nil)
    }

    @Test(arguments: ["", "0", "Fri, 15 Foo 2027 08:00:00 GMT", "Fri, 15 Jan 2027 08:00:00 CET"])
    func whatIsNoTimeInAHeaderIsNone(_ text: String) {
        #expect(Timestamp.parse(httpDate: text) == nil)
    }
}
