import S3Signer
import Testing

@Suite("Requests")
struct S3RequestTests {
    static let signer = S3ExampleTests.signer
    static let date = S3ExampleTests.date

    @Test(
        "a bucket stands in the path or in the host",
        arguments: [
            (.path, "a/b c", "https://s3.example:9000/photos/a/b%20c"),
            (.path, "", "https://s3.example:9000/photos"),
            (.path, "/a", "https://s3.example:9000/photos//a"),
            (.virtualHost, "a/b c", "https://photos.s3.example:9000/a/b%20c"),
            (.virtualHost, "", "https://photos.s3.example:9000/"),
        ] as [(S3Addressing, String, String)])
    func addressing(_ addressing: S3Addressing, _ key: String, _ url: String) {
        let request = S3Request(
            method: "GET", endpoint: "s3.example:9000", addressing: addressing, bucket: "photos",
            key: Array(key.utf8))
        #expect(request.url == url)
    }

    @Test("what is sent is encoded once, byte by byte")
    func encoding() {
        let request = S3Request(
            method: "GET", scheme: .http, host: "h", path: Array("/a+%2F~\u{e9}/".utf8) + [0xff, 0x00],
            query: [("b", ""), ("a b", "c+d/ä"), ("a-", ""), ("a", "2"), ("a", "10")])
        #expect(request.encodedPath == "/a%2B%252F~%C3%A9/%FF%00")
        #expect(
            request.url == "http://h/a%2B%252F~%C3%A9/%FF%00?a=10&a=2&a%20b=c%2Bd%2F%C3%A4&a-=&b=")
    }

    @Test(
        "a default port is no part of the host",
        arguments: [
            (.https, "h:443", "h"), (.http, "h:80", "h"), (.https, "h:80", "h:80"),
            (.http, "h:443", "h:443"), (.https, "[::1]:443", "[::1]"), (.https, "h:4430", "h:4430"),
        ] as [(S3Request.Scheme, String, String)])
    func defaultPort(_ scheme: S3Request.Scheme, _ host: String, _ expected: String) {
        let request = S3Request(method: "GET", scheme: scheme, host: host, path: "/")
        #expect(request.host == expected)
        #expect(Self.signer.canonicalRequest(request, at: Self.date).contains("\nhost:\(expected)\n"))
    }

    @Test(
        "headers that others change are not signed",
        arguments: [
            "Connection", "Expect", "User-Agent", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
            "Proxy-Authorization", "proxy-connection", "X-Amzn-Trace-Id", "Authorization",
        ])
    func neverSigned(_ name: String) {
        let plain = S3Request(method: "GET", host: "h", path: "/")
        var request = plain
        request.headers = [(name, "value")]
        #expect(
            Self.signer.canonicalRequest(request, at: Self.date)
                == Self.signer.canonicalRequest(plain, at: Self.date))
        #expect(
            Self.signer.presign(request, expires: 1, at: Self.date)
                == Self.signer.presign(plain, expires: 1, at: Self.date))
    }

    @Test(
        "headers that change what is done are signed",
        arguments: [
            "Content-Type", "Content-MD5", "Range", "Date", "If-None-Match", "x-amz-checksum-sha256",
            "X-Amz-Meta-A",
        ])
    func signed(_ name: String) {
        let request = S3Request(method: "PUT", host: "h", path: "/", headers: [(name, " one \t two ")])
        let line = "\n\(name.lowercased()):one two\n"
        #expect(Self.signer.canonicalRequest(request, at: Self.date).contains(line))
        #expect(Self.signer.canonicalRequest(request, expires: 1, at: Self.date).contains(line))
    }

    @Test("what the signer adds takes the place of what was given")
    func replaced() {
        let plain = S3Request(method: "GET", host: "h", path: "/")
        var request = plain
        request.headers = [
            ("Host", "other"), ("X-Amz-Date", "19700101T000000Z"), ("x-amz-content-sha256", "0"),
            ("x-amz-security-token", "stale"),
        ]
        #expect(
            Self.signer.canonicalRequest(request, at: Self.date)
                == Self.signer.canonicalRequest(plain, at: Self.date))
    }

    @Test("an open payload is said to be open, in headers and in URLs")
    func unsignedPayload() {
        let request = S3Request(method: "PUT", host: "h", path: "/", payloadHash: .unsigned)
        let headers = Self.signer.sign(request, at: Self.date)
        #expect(headers.contains { $0.name == "x-amz-content-sha256" && $0.value == "UNSIGNED-PAYLOAD" })
        let body = S3Request(method: "PUT", host: "h", path: "/", payloadHash: .empty)
        #expect(
            Self.signer.canonicalRequest(body, expires: 1, at: Self.date).hasSuffix("\nUNSIGNED-PAYLOAD"))
    }

    @Test("a life outside of 1 s to 7 days is refused", arguments: [0, -1, 604_801])
    func expiryOutside(_ expires: Int) async {
        // One test process for each value: a precondition ends it.
        await #expect(processExitsWith: .failure) { [expires] in
            let request = S3Request(method: "GET", host: "h", path: "/")
            _ = S3ExampleTests.signer.presign(request, expires: expires, at: S3ExampleTests.date)
        }
    }

    @Test("the shortest and the longest life", arguments: [1, 604_800])
    func expiryInside(_ expires: Int) {
        let request = S3Request(method: "GET", host: "h", path: "/")
        #expect(
            Self.signer.presign(request, expires: expires, at: Self.date)
                .contains("&X-Amz-Expires=\(expires)&"))
    }
}

@Suite("Credentials")
struct S3CredentialsTests {
    static let credentials = S3Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "terribly-secret", sessionToken: "passing-token")

    @Test("show neither secret nor token, however they are printed")
    func neverShown() {
        let signer = SigV4Signer(credentials: Self.credentials, region: "r")
        var dumped = ""
        dump(Self.credentials, to: &dumped)
        dump(signer, to: &dumped)
        let texts = [
            "\(Self.credentials)", String(describing: signer), String(reflecting: Self.credentials),
            String(reflecting: signer), dumped,
        ]
        for text in texts {
            #expect(text.contains("AKIDEXAMPLE"))
            #expect(!text.contains("secret") || !text.contains("terribly"))
            #expect(!text.contains("passing"))
        }
    }

    @Test("are equal when all of them is")
    func equality() {
        let same = S3Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "terribly-secret", sessionToken: "passing-token")
        #expect(same == Self.credentials)
        #expect(
            S3Credentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "terribly-secre!", sessionToken: "passing-token")
                != Self.credentials)
        #expect(
            S3Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "terribly-secret")
                != Self.credentials)
    }

    @Test("of a session put their token into headers and URLs, signed")
    func sessionToken() {
        let signer = SigV4Signer(credentials: Self.credentials, region: "r")
        let request = S3Request(method: "GET", host: "h", path: "/")
        let headers = signer.sign(request, at: S3ExampleTests.date)
        #expect(headers.contains { $0.name == "x-amz-security-token" && $0.value == "passing-token" })
        #expect(headers.last!.value.contains(";x-amz-security-token,"))
        #expect(
            signer.presign(request, expires: 1, at: S3ExampleTests.date)
                .contains("&X-Amz-Security-Token=passing-token&"))
    }
}
