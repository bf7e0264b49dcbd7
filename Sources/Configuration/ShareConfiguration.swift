/// Where pages of links are put, as `[share]` describes it: a bucket, or a prefix of one, that everybody may read, and its
/// address there.
public struct ShareConfiguration: Sendable, Equatable {
    /// The place, with credentials of its own: those named for a provider `share`.
    public let provider: ProviderConfiguration
    public let location: S3Configuration
    /// The address of the place in a browser, without a slash at its end.
    public let url: String

    static let name = "share"
    static let keys = [
        "url", "endpoint", "region", "bucket", "prefix", "addressing", "profile", "access_key_id",
        "secret_access_key", "credentials_command", "ca_file",
    ]

    /// nil where there is no `[share]`.
    static func read(
        _ root: TableReader, _ paths: StandardPaths, besides providers: [ProviderConfiguration]
    ) throws(ConfigurationError) -> ShareConfiguration? {
        guard let table = try root.table(name) else { return nil }
        try table.refuseUnknownKeys(known: keys)
        guard !providers.contains(where: { $0.name.lowercased() == name }) else {
            throw table.failure(
                .duplicate, nil,
                "a provider is called 'share' too, and their credentials could not be told apart",
                hint: "rename the provider")
        }
        let reader = ProviderReader(table: table, paths: paths)
        let location = try reader.s3()
        return ShareConfiguration(
            provider: ProviderConfiguration(name: name, kind: .s3(location)), location: location,
            url: try url(table))
    }

    private static func url(_ table: TableReader) throws(ConfigurationError) -> String {
        var url = try table.requiredString("url", example: "https://photos.example.org")
        while url.hasSuffix("/") { url.removeLast() }
        let isPlain = url.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: ":/.-_~%[]".utf8.contains(byte)
            }
        }
        guard ["https://", "http://"].contains(where: { url.hasPrefix($0) && url.count > $0.count }), isPlain
        else {
            throw table.failure(
                .invalidValue, "url", "'\(url)' is no address of a folder on the web",
                hint: "https://, the host, and perhaps a path; what it shows is the bucket below the prefix")
        }
        return url
    }
}
