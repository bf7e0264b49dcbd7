import S3Signer
import Testing

@testable import S3

@Suite struct ConfigurationTests {
    private func configuration(
        endpoint: String = "https://s3.example.com", region: String = "eu-1", bucket: String = "photos",
        prefix: String = "", name: String = "cloud", connections: Int = 4
    ) throws(S3ConfigurationError) -> S3Configuration {
        try S3Configuration(
            name: name, endpoint: endpoint, region: region, bucket: bucket, prefix: prefix,
            connections: connections, credentials: { ScriptedStore.credentials })
    }

    @Test(
        arguments: [
            ("https://s3.example.com", "s3.example.com"), ("https://S3.Example.com/", "s3.example.com"),
            ("http://127.0.0.1:9000", "127.0.0.1:9000"), ("http://[::1]:9000", "[::1]:9000"),
            ("http://[::1]", "[::1]"), ("https://my_host", "my_host"),
        ])
    func endpointsAreHosts(_ endpoint: String, _ host: String) throws {
        #expect(try configuration(endpoint: endpoint).host == host)
    }

    @Test(
        arguments: [
            "", "s3.example.com", "ftp://s3.example.com", "https://", "https://key:secret@s3.example.com",
            "https://s3.example.com/photos", "https://s3.example.com?x", "https://s3.example.com:0",
            "https://s3.example.com//s3", "https://s3.example.com/../s3", "https://s3.example.com/a%20b",
            "https://s3.example.com/a b", "https://s3.example.com/storage/photos/",
            "https://s3.example.com:port", "https://s3.example.com:70000", "https://s3 example.com",
            "http://[::1", "http://a:b:c",
        ])
    func otherEndpointsAreRefused(_ endpoint: String) throws {
        let error = #expect(throws: S3ConfigurationError.self) { try configuration(endpoint: endpoint) }
        #expect(error?.field == "endpoint")
        #expect(error?.reason.contains("secret") == false)
    }

    @Test(
        arguments: [
            ("https://s3.example.com", ""), ("https://s3.example.com//", ""),
            ("https://project.example.co/storage/v1/s3", "/storage/v1/s3"),
            ("http://127.0.0.1:9000/swift/v1/", "/swift/v1"),
        ])
    func aPathComesBeforeTheBucketAndIsSigned(_ endpoint: String, _ path: String) throws {
        let configuration = try configuration(endpoint: endpoint)
        #expect(configuration.basePath == path)
        for (addressing, expected) in [(S3Addressing.path, "/photos/a"), (.virtualHost, "/a")] {
            let request = S3Request(
                method: "GET", endpoint: configuration.host, basePath: configuration.basePath,
                addressing: addressing, bucket: configuration.bucket, key: Array("a".utf8))
            #expect(request.encodedPath == path + expected)
        }
    }

    @Test func valuesThatCannotBeAreNamed() {
        func field(_ make: () throws(S3ConfigurationError) -> S3Configuration) -> String? {
            do throws(S3ConfigurationError) {
                _ = try make()
                return nil
            } catch {
                return error.field
            }
        }
        #expect(field { () throws(S3ConfigurationError) in try configuration(region: "") } == "region")
        #expect(field { () throws(S3ConfigurationError) in try configuration(region: "eu 1") } == "region")
        #expect(field { () throws(S3ConfigurationError) in try configuration(bucket: "a/b") } == "bucket")
        #expect(field { () throws(S3ConfigurationError) in try configuration(bucket: "ab") } == "bucket")
        #expect(field { () throws(S3ConfigurationError) in try configuration(prefix: "a//b") } == "prefix")
        #expect(field { () throws(S3ConfigurationError) in try configuration(prefix: "../b") } == "prefix")
        #expect(field { () throws(S3ConfigurationError) in try configuration(name: "") } == "name")
        #expect(
            field { () throws(S3ConfigurationError) in try configuration(connections: 0) } == "connections")
    }

    @Test func slashesAroundAPrefixAreDropped() throws {
        #expect(try configuration(prefix: "/Photos/2027/").prefix == "Photos/2027")
        #expect(try configuration(prefix: "/").prefix == "")
    }
}
