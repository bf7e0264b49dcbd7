import Crypto
import Testing

@testable import S3Signer

/// The examples of the S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
@Suite("S3's published examples")
struct S3ExampleTests {
    static let signer = SigV4Signer(
        credentials: S3Credentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE",
            secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), region: "us-east-1")
    static let date = SigningDate(secondsSince1970: 1_369_353_600)
    static let host = "examplebucket.s3.amazonaws.com"

    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: S3Request
        let signature: String
    }

    static let examples = [
        Example(
            testDescription: "GET of a range",
            request: S3Request(
                method: "GET", host: host, path: "/test.txt", headers: [("Range", "bytes=0-9")]),
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            testDescription: "PUT of a key that is encoded",
            request: S3Request(
                method: "PUT", host: host, path: "/test$file.text",
                headers: [
                    ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
                    ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ],
                payloadHash: .sha256(SHA256.hash(Array("Welcome to Amazon S3.".utf8)))),
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            testDescription: "a parameter without a value",
            request: S3Request(method: "GET", host: host, path: "/", query: [("lifecycle", "")]),
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            testDescription: "a list of objects",
            request: S3Request(
                method: "GET", host: host, path: "/", query: [("prefix", "J"), ("max-keys", "2")]),
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    @Test("in headers", arguments: examples)
    func header(_ example: Example) throws {
        let added = Self.signer.sign(example.request, at: Self.date)
        #expect(added.map(\.name) == ["x-amz-date", "x-amz-content-sha256", "authorization"])
        #expect(added[0].value == "20130524T000000Z")
        #expect(added[2].value.hasSuffix("Signature=" + example.signature))
    }

    @Test("in the query")
    func query() {
        let url = Self.signer.presign(
            S3Request(method: "GET", host: Self.host, path: "/test.txt"), expires: 86_400, at: Self.date)
        #expect(
            url == """
                https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
                &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
                &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
                """)
    }

    @Test("the signing key")
    func signingKey() {
        let key = Self.signer.signingKey(Self.date).withUnsafeBytes { Array($0) }
        #expect(key.hex == "dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378")
    }
}
