import S3
import S3Signer
import ServerTesting

/// A store on a new bucket of a real server, which locks objects if it is made so.
enum LockingBucket {
    static func store(
        on name: String, isLocking: Bool = true, lockDays: Int? = nil,
        storageClass: S3Configuration.StorageClassRule? = nil
    ) async throws -> S3Store {
        let server = try await Servers.named(name).withOwnBucket(isLocking: isLocking)
        let credentials = S3Credentials(
            accessKeyID: server.accessKeyID, secretAccessKey: server.secretAccessKey)
        return try S3Store(
            S3Configuration(
                name: name, endpoint: server.endpoint, region: server.region, bucket: server.bucket,
                prefix: "photos", caFile: server.caFile, lockDays: lockDays, storageClass: storageClass,
                credentials: { credentials }))
    }
}
