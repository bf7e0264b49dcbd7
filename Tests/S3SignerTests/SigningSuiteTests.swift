import Foundation
import S3Signer
import Testing

@Suite("AWS's published cases")
struct SigningSuiteTests {
    @Test("the suite is whole")
    func count() {
        #expect(SigningCase.all.count == 38)
    }

    @Test("signing in headers", arguments: SigningCase.all)
    func header(_ example: SigningCase) throws {
        let signer = try example.signer()
        let request = try example.request()
        let date = try example.date()

        #expect(
            try signer.canonicalRequest(request, at: date) == example.text("header-canonical-request.txt"))
        #expect(try signer.stringToSign(request, at: date) == example.text("header-string-to-sign.txt"))

        let added = signer.sign(request, at: date)
        let authorization = try #require(added.last { $0.name == "authorization" })
        #expect(try authorization.value.hasSuffix("Signature=" + example.text("header-signature.txt")))

        // What is added, and nothing else, makes the signed request of the unsigned one.
        var expected = try HTTPMessage(example.text("header-signed-request.txt")).headers
        expected.removeFirst(try HTTPMessage(example.text("request.txt")).headers.count)
        if try example.context().omitSessionToken == true {
            expected.removeAll { $0.name == "X-Amz-Security-Token" }
        }
        #expect(
            added.map { "\($0.name):\($0.value)" }.sorted()
                == expected.map { "\($0.name.lowercased()):\($0.value)" }.sorted())
    }

    @Test("signing in the query", arguments: SigningCase.all)
    func query(_ example: SigningCase) throws {
        let signer = try example.signer()
        let request = try example.request()
        let date = try example.date()
        let expires = try example.context().expirationInSeconds

        #expect(
            try signer.canonicalRequest(request, expires: expires, at: date)
                == example.text("query-canonical-request.txt"))
        #expect(
            try signer.stringToSign(request, expires: expires, at: date)
                == example.text("query-string-to-sign.txt"))

        let url = signer.presign(request, expires: expires, at: date)
        #expect(try url.hasSuffix("&X-Amz-Signature=" + example.text("query-signature.txt")))

        // The suite appends its parameters and leaves the path raw; what the URL says is the same.
        let origin = "https://example.amazonaws.com"
        #expect(url.hasPrefix(origin))
        let given = try HTTPMessage("GET \(url.dropFirst(origin.count)) HTTP/1.1\nHost:h")
        let expected = try HTTPMessage(example.text("query-signed-request.txt"))
        #expect(given.path.removingPercentEncoding == expected.path)
        var expectedQuery = expected.query
        if try example.context().omitSessionToken == true {
            expectedQuery.removeAll { $0.name == "X-Amz-Security-Token" }
        }
        #expect(
            given.query.map { "\($0.name)=\($0.value)" }.sorted()
                == expectedQuery.map { "\($0.name)=\($0.value)" }.sorted())
    }
}
