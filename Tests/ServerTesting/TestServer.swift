public import S3
public import S3Signer

/// A real S3 server on loopback, as `scripts/servers.sh` runs it.
public struct TestServer: Sendable, CustomStringConvertible {
    public let name: String
    public let endpoint: String
    public let region: String
    public let bucket: String
    public let accessKeyID: String
    public let secretAccessKey: String
    public let caFile: String?

    public var description: String { name }

    var port: UInt16 {
        get throws {
            guard let port = endpoint.split(separator: ":").last.flatMap({ UInt16($0) }) else {
                throw ServerFolder.Failure(description: "\(endpoint) names no port")
            }
            return port
        }
    }

    public func configuration(
        endpoint: String? = nil, region: String? = nil, bucket: String? = nil, prefix: String = "",
        addressing: S3Addressing = .path, accessKeyID: String? = nil, secretAccessKey: String? = nil,
        caFile: String? = nil
    ) throws -> S3Configuration {
        let credentials = S3Credentials(
            accessKeyID: accessKeyID ?? self.accessKeyID,
            secretAccessKey: secretAccessKey ?? self.secretAccessKey)
        return try S3Configuration(
            name: name, endpoint: endpoint ?? self.endpoint, region: region ?? self.region,
            bucket: bucket ?? self.bucket, prefix: prefix, addressing: addressing,
            caFile: caFile ?? self.caFile,
            credentials: { credentials })
    }

    /// A store on the server's bucket, or on `prefix` in it.
    public func store(prefix: String = "") throws -> S3Store { try S3Store(configuration(prefix: prefix)) }
}
