import Crypto
import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// Each mistake that a person can make in a configuration, told apart from the others by a real server.
@Suite struct RealServerErrorTests {
    private let key = ObjectKey("packs/aa/1")!

    /// moto checks neither keys nor signatures.
    private static let strictServers = Servers.names.filter { $0 != "moto" }

    private func expect(_ codes: ObjectStoreError.Code..., from configuration: S3Configuration) async throws {
        let store = try S3Store(configuration)
        let failures = [
            await failure { () throws(ObjectStoreError) in try await store.put(key, [1, 2, 3]) },
            await failure { () throws(ObjectStoreError) in try await store.get(key, maximumByteCount: 10) },
            await failure { () throws(ObjectStoreError) in try await store.head(key) },
            await failure { () throws(ObjectStoreError) in try await store.list(prefix: "", continuing: nil)
            },
            await failure { () throws(ObjectStoreError) in try await store.delete(key) },
        ]
        for (index, error) in failures.enumerated() {
            #expect(
                error.map { codes.contains($0.code) } == true,
                "call \(index): \(error?.description ?? "succeeded")")
            #expect(error?.hint?.isEmpty == false)
        }
    }

    @Test(arguments: Servers.names)
    func aMissingBucket(_ name: String) async throws {
        try await expect(
            .containerNotFound, from: Servers.named(name).configuration(bucket: "no-such-bucket"))
    }

    @Test(arguments: strictServers)
    func anUnknownKey(_ name: String) async throws {
        try await expect(
            .credentialsRefused, from: Servers.named(name).configuration(accessKeyID: "AKIA0000000000000000"))
    }

    @Test(arguments: strictServers)
    func aWrongSecret(_ name: String) async throws {
        try await expect(.signatureRefused, from: Servers.named(name).configuration(secretAccessKey: "wrong"))
    }

    @Test(arguments: strictServers)
    func aWrongSecretWithALargeBody(_ name: String) async throws {
        let store = try S3Store(Servers.named(name).configuration(secretAccessKey: "wrong"))
        let bytes = [UInt8](repeating: 7, count: 20 << 20)
        #expect(
            await code { () throws(ObjectStoreError) in try await store.put(key, bytes) } == .signatureRefused
        )
    }

    @Test(arguments: strictServers, [-3600, 3600] as [Int64])
    func aWrongClockIsCorrected(_ name: String, _ error: Int64) async throws {
        let environment = RetryEnvironment(
            now: { Timestamp.now() + error }, random: { 1 }, sleep: { try await Task.sleep(for: $0) })
        let store = try S3Store(
            Servers.named(name).configuration(), policy: .correctingClocks, environment: environment)
        let key = ObjectKey("clock/\(randomBytes(8).hex)")!
        try await store.put(key, [1])
        // As near as signatures need it, however long the answer took to be looked at.
        #expect(abs(store.clockOffset + error) < 900)
        #expect(try await store.get(key, maximumByteCount: 1).array == [1])
    }

    @Test func aHostThatDoesNotResolve() async throws {
        try await expect(
            .hostNotResolved, from: Servers.named("rclone").configuration(endpoint: "http://nosuch.invalid"))
    }

    @Test func aClosedPortIsGivenUp() async throws {
        // A port that was free a moment ago and that nobody listens on.
        let endpoint = try ScriptedServer([.silence]).endpoint
        let store = try S3Store(Servers.named("rclone").configuration(endpoint: endpoint))
        let error = await failure { () throws(ObjectStoreError) in try await store.head(key) }
        #expect(error?.code == .connectionFailed)
        #expect(error?.isRetryable == true)
        #expect(error?.hint?.contains(endpoint) == true)
        // Between five attempts lie at most 1.5 seconds, which the policy's tests show.
        #expect(store.statistics.requests == 5)
    }

    @Test func aCertificateOfAnUnknownAuthority() async throws {
        let server = try Servers.named("rclone-tls")
        let configuration = try S3Configuration(
            name: "untrusted", endpoint: server.endpoint, region: server.region, bucket: server.bucket,
            credentials: { ScriptedStore.credentials })
        try await expect(.certificateRefused, from: configuration)
    }

    @Test func aCertificateOfAnotherHost() async throws {
        let server = try Servers.named("rclone-tls")
        // The certificate is for 127.0.0.1 alone.
        let endpoint = server.endpoint.replacing("127.0.0.1", with: "localhost")
        try await expect(.certificateRefused, from: server.configuration(endpoint: endpoint))
    }

    @Test func plainHTTPWhereTLSIsSpoken() async throws {
        let server = try Servers.named("rclone-tls")
        let endpoint = server.endpoint.replacing("https://", with: "http://")
        // Such a server says so in its answer, or ends the connection.
        try await expect(
            .malformedAnswer, .connectionFailed, from: server.configuration(endpoint: endpoint))
    }

    @Test func tlsWherePlainHTTPIsSpoken() async throws {
        let server = try Servers.named("rclone")
        let endpoint = server.endpoint.replacing("http://", with: "https://")
        try await expect(.connectionFailed, from: server.configuration(endpoint: endpoint))
    }

    @Test(arguments: Servers.names)
    func anotherRegionDoesNoHarmWhereNoneIsChecked(_ name: String) async throws {
        let store = try S3Store(Servers.named(name).configuration(region: "eu-nowhere-7"))
        let key = ObjectKey("region/\(randomBytes(8).hex)")!
        try await store.put(key, [1])
        #expect(try await store.head(key).byteCount == 1)
    }
}
