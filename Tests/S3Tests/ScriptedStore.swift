import Crypto
import ObjectStore
import S3Signer
import ServerTesting
import Synchronization

@testable import S3

/// A store on a scripted server, whose waits are written down instead of waited, and whose time stands still.
struct ScriptedStore {
    let store: S3Store
    let server: ScriptedServer
    private let waits = Waits()

    static let now: Int64 = 1_800_000_000
    /// The same moment as a `Date` header.
    static let date = "Fri, 15 Jan 2027 08:00:00 GMT"

    init(
        _ server: ScriptedServer, stall: Duration = .seconds(30), policy: RetryPolicy = RetryPolicy(),
        credentials: @escaping @Sendable () throws -> S3Credentials = { ScriptedStore.credentials }
    ) throws {
        self.server = server
        var timeouts = S3Configuration.Timeouts()
        timeouts.stall = stall
        let configuration = try S3Configuration(
            name: "scripted", endpoint: server.endpoint, region: "us-east-1", bucket: "photos",
            timeouts: timeouts, credentials: credentials)
        store = try S3Store(
            configuration, policy: policy,
            environment: RetryEnvironment(
                now: { Self.now }, random: { 1 }, sleep: { [waits] in waits.append($0) }))
    }

    init(_ replies: [ScriptedServer.Reply]) throws { try self.init(ScriptedServer(replies)) }

    static let credentials = S3Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret")

    var waited: [Duration] { waits.all }

    private final class Waits: Sendable {
        private let durations = Mutex<[Duration]>([])
        func append(_ duration: Duration) { durations.withLock { $0.append(duration) } }
        var all: [Duration] { durations.withLock { $0 } }
    }
}

extension RetryPolicy {
    /// For servers on loopback, most of which have no TLS.
    static var correctingClocks: RetryPolicy {
        var policy = RetryPolicy()
        policy.correctsClockWithoutTLS = true
        return policy
    }
}

extension ScriptedServer.Reply {
    static func error(_ status: Int, _ code: String, _ inner: String = "", headers: [(String, String)] = [])
        -> Self
    {
        .answer(
            status, headers: headers + [("Content-Type", "application/xml"), ("Date", ScriptedStore.date)],
            body: "<Error><Code>\(code)</Code><Message>as scripted</Message>\(inner)</Error>")
    }

    /// The page that a web console shows for every address.
    static let webPage = Self.answer(
        200, headers: [("Content-Type", "text/html; charset=utf-8"), ("ETag", "\"page\"")],
        body: "<!DOCTYPE html><html><body>Welcome</body></html>")

    static func listing(_ body: String) -> Self {
        .answer(
            200, headers: [("Content-Type", "application/xml")],
            body: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(body)</ListBucketResult>"
        )
    }
}

/// The code of the error that `body` throws; nil when it throws none.
func code<Value>(of body: () async throws(ObjectStoreError) -> Value) async -> ObjectStoreError.Code? {
    await failure(of: body)?.code
}

func failure<Value>(of body: () async throws(ObjectStoreError) -> Value) async -> ObjectStoreError? {
    do throws(ObjectStoreError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
