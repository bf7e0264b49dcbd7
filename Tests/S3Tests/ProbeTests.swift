import Crypto
import ObjectStore
import S3Signer
import ServerTesting
import Testing

@testable import S3

/// What a probe finds on the real servers is what they do, as `docs/PROVIDERS.md` tells it.
@Suite struct ProbeTests {
    /// A store on a bucket of its own, which can lock objects where the server can.
    private func store(on name: String, isLocking: Bool = false, lockDays: Int? = nil) async throws -> S3Store {
        let server = try Servers.named(name)
        let bucket = "probe-\(randomBytes(8).hex)"
        let credentials = S3Credentials(
            accessKeyID: server.accessKeyID, secretAccessKey: server.secretAccessKey)
        let store = try S3Store(
            S3Configuration(
                name: name, endpoint: server.endpoint, region: server.region, bucket: bucket,
                prefix: "photos", caFile: server.caFile, lockDays: lockDays, credentials: { credentials }))
        var create = S3Operation(method: .put, key: "", object: nil)
        if isLocking { create.headers = [("x-amz-bucket-object-lock-enabled", "true")] }
        _ = try await store.session.perform(create)
        return store
    }

    @Test(arguments: ["seaweedfs", "rclone", "moto"], [false, true])
    func show(_ name: String, isLocking: Bool) async throws {
        let report = try await store(on: name, isLocking: isLocking).probe()
        for a in report.answers { print(name, isLocking, a.question.rawValue, a.answer.rawValue, a.detail) }
        for l in report.leftBehind { print(name, isLocking, "LEFT", l.name, l.reason) }
    }
}
