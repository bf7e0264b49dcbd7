import Crypto
import ObjectStore
import S3Signer
import ServerTesting
import Synchronization
import Testing

@testable import S3

/// What a fault between this machine and a real server becomes for put, get and list: the table of
/// docs/RELIABILITY.md, row by row.
@Suite struct FaultProxyTests {
    typealias Fault = FaultProxy.Fault

    static let servers = ["seaweedfs", "rclone", "moto"]

    /// What one call comes to.
    enum End: Hashable, Sendable, CustomStringConvertible {
        case right
        /// Success with other bytes than were stored: what only the hash in the name can tell.
        case otherBytes
        case failed(ObjectStoreError.Code)

        var description: String {
            switch self {
            case .right: "right"
            case .otherBytes: "other bytes"
            case .failed(let code): code.rawValue
            }
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What one proxy does, by the number of the request.
        let make: @Sendable () -> @Sendable (Int) -> Fault
        let put: End
        let get: End
        let list: End
        /// How long nothing may move: soon over only where that is the fault, since a server that is busy with other
        /// tests may be silent for a second, too.
        var stall: Duration { put == .failed(.timedOut) ? .seconds(1) : .seconds(30) }

        /// The fault for each request, or only for the first ones.
        init(
            _ name: String, _ fault: @autoclosure @escaping @Sendable () -> Fault, times: Int = .max,
            put: End, get: End, list: End
        ) {
            (testDescription, self.put, self.get, self.list) = (name, put, get, list)
            make = {
                let fault = fault()
                return { $0 < times ? fault : .none }
            }
        }
    }

    static let rows = [
        Row("nothing wrong", .none, put: .right, get: .right, list: .right),
        Row(
            "reset in mid-body, once", .reset(afterBodyBytes: 100), times: 1, put: .right, get: .right,
            list: .right),
        Row(
            "reset in mid-body, always", .reset(afterBodyBytes: 100), put: .failed(.connectionFailed),
            get: .failed(.connectionFailed), list: .failed(.connectionFailed)),
        Row(
            "stalled", .stalled(afterBodyBytes: 100), put: .failed(.timedOut), get: .failed(.timedOut),
            list: .failed(.timedOut)),
        Row("a burst of 500", .serverError(500), times: 3, put: .right, get: .right, list: .right),
        Row("a burst of 503", .serverError(503), times: 3, put: .right, get: .right, list: .right),
        Row(
            "500 always", .serverError(500), put: .failed(.serverFailed), get: .failed(.serverFailed),
            list: .failed(.serverFailed)),
        Row(
            "503 always", .serverError(503), put: .failed(.serverFailed), get: .failed(.serverFailed),
            list: .failed(.serverFailed)),
        Row("10 KB/s", .slow(bytesPerSecond: 10_000), put: .right, get: .right, list: .right),
        Row(
            "truncated, the whole length announced", .truncated(to: 100, announcesWhole: true),
            put: .failed(.connectionFailed),
            get: .failed(.connectionFailed), list: .failed(.connectionFailed)),
        Row(
            "truncated, its length announced", .truncated(to: 100, announcesWhole: false),
            put: .failed(.malformedAnswer),
            get: .otherBytes, list: .failed(.malformedAnswer)),
        Row(
            "200 with an error body", .errorUnder200, put: .failed(.malformedAnswer), get: .otherBytes,
            list: .failed(.malformedAnswer)),
        Row(
            "200 to everything", .yes, put: .failed(.malformedAnswer), get: .otherBytes,
            list: .failed(.malformedAnswer)),
        Row(
            "reordered list pages", .reordered, put: .right, get: .right, list: .failed(.malformedAnswer)),
        Row(
            "repeated entries", .repeatedEntries, put: .right, get: .right, list: .failed(.malformedAnswer)),
        Row(
            "the same page forever", .samePageForever(), put: .right, get: .right,
            list: .failed(.malformedAnswer)),
        Row("a Date that is a day off", .date(offBy: 86_400), put: .right, get: .right, list: .right),
        Row(
            "refused once for a wrong Date", .skewed(by: 60), times: 1, put: .failed(.clockSkewed),
            get: .failed(.clockSkewed), list: .failed(.clockSkewed)),
    ]

    /// More than what libcurl and the kernel hold back, less than what 10 KB/s makes long.
    private static let content = [UInt8](repeating: 7, count: 6000)
    private static let keys = ["packs/aa/1", "packs/aa/2"].map { ObjectKey($0)! }

    @Test(arguments: rows, servers)
    func aFaultBecomes(row: Row, server: String) async throws {
        let real = try Servers.named(server)
        let prefix = "faults/\(randomBytes(8).hex)"
        let direct = try real.store(prefix: prefix)
        for key in Self.keys { try await direct.put(key, Self.content) }
        func end(_ call: (S3Store) async throws(ObjectStoreError) -> End) async throws -> End {
            let fault = row.make()
            let proxy = try FaultProxy(to: real) { index, _ in fault(index) }
            defer { proxy.close() }
            do throws(ObjectStoreError) {
                return try await call(
                    try Self.store(real, at: proxy.endpoint, prefix, stall: row.stall))
            } catch {
                return .failed(error.code)
            }
        }
        let put = try await end { store throws(ObjectStoreError) in
            try await store.put(ObjectKey("packs/aa/3")!, Self.content)
            let stored = try await direct.get(ObjectKey("packs/aa/3")!, maximumByteCount: 1 << 20)
            return stored.array == Self.content ? .right : .otherBytes
        }
        #expect(put == row.put, "put")
        let get = try await end { store throws(ObjectStoreError) in
            let bytes = try await store.get(Self.keys[0], maximumByteCount: 1 << 20)
            return bytes.array == Self.content ? .right : .otherBytes
        }
        #expect(get == row.get, "get")
        let before = try await direct.listAll(prefix: "")
        let list = try await end { store throws(ObjectStoreError) in
            try await store.listAll(prefix: "") == before ? .right : .otherBytes
        }
        #expect(list == row.list, "list")
    }

    @Test(arguments: servers)
    func refusedBecomes(server: String) async throws {
        // Nobody listens on the discard port.
        let store = try Self.store(Servers.named(server), at: "http://127.0.0.1:9", "faults")
        let key = Self.keys[0]
        let codes = [
            await code { () throws(ObjectStoreError) in try await store.put(key, [1]) },
            await code { () throws(ObjectStoreError) in try await store.get(key, maximumByteCount: 1) },
            await code { () throws(ObjectStoreError) in try await store.listAll(prefix: "") },
        ]
        #expect(codes == [.connectionFailed, .connectionFailed, .connectionFailed])
    }

    /// A range that comes short, or with an error instead, is never taken for the range.
    @Test(arguments: servers)
    func aRangeIsExactOrFails(server: String) async throws {
        let real = try Servers.named(server)
        let prefix = "faults/\(randomBytes(8).hex)"
        try await real.store(prefix: prefix).put(Self.keys[0], Self.content)
        for fault: Fault in [.truncated(to: 100, announcesWhole: false), .errorUnder200, .yes] {
            let proxy = try FaultProxy(to: real) { _, _ in fault }
            defer { proxy.close() }
            let store = try Self.store(real, at: proxy.endpoint, prefix)
            let end = await code { () throws(ObjectStoreError) in
                try await store.get(Self.keys[0], range: 1000..<5000, maximumByteCount: 5000)
            }
            #expect(end == .damaged)
        }
    }

    /// Without waits between the attempts.
    private static func store(
        _ server: TestServer, at endpoint: String, _ prefix: String, stall: Duration = .seconds(30)
    ) throws(ObjectStoreError) -> S3Store {
        var timeouts = S3Configuration.Timeouts()
        timeouts.stall = stall
        let credentials = S3Credentials(
            accessKeyID: server.accessKeyID, secretAccessKey: server.secretAccessKey)
        let configuration: S3Configuration
        do {
            configuration = try S3Configuration(
                name: server.name, endpoint: endpoint, region: server.region, bucket: server.bucket,
                prefix: prefix, timeouts: timeouts, credentials: { credentials })
        } catch {
            throw ObjectStoreError(.system, store: server.name, reason: "\(error)")
        }
        return try S3Store(
            configuration, policy: RetryPolicy(),
            environment: RetryEnvironment(now: Timestamp.now, random: { 1 }, sleep: { _ in }))
    }
}
