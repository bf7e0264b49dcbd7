import ObjectStore
import S3Signer
import ServerTesting
import Synchronization
import Testing

@testable import S3

/// Keys that end while they are used, and those that never change.
@Suite struct RenewalTests {
    private let key = ObjectKey("packs/aa/1")!

    /// Gives KEY1, KEY2 and so on, as often as it is asked.
    private final class Keys: Sendable {
        private let count = Mutex(0)
        let last: Int
        let lifetime: Int64?
        let isRenewable: Bool

        init(upTo last: Int = .max, lifetime: Int64? = nil, isRenewable: Bool = true) {
            (self.last, self.lifetime, self.isRenewable) = (last, lifetime, isRenewable)
        }

        var asked: Int { count.withLock { $0 } }

        func next() -> S3Credentials {
            let number = count.withLock { count in
                count += 1
                return count
            }
            return S3Credentials(
                accessKeyID: "KEY\(min(number, last))", secretAccessKey: "secret",
                expiration: lifetime.map { ScriptedStore.now + $0 }, isRenewable: isRenewable)
        }
    }

    private func server(accepting accepted: String, _ status: Int, _ code: String) throws -> ScriptedServer {
        try ScriptedServer { _, request in
            request["authorization"]!.contains("Credential=\(accepted)/")
                ? .answer(204) : .error(status, code)
        }
    }

    @Test(
        arguments: [
            (400, "ExpiredToken"), (403, "InvalidTokenId"), (400, "ExpiredTokenException"),
            (403, "InvalidAccessKeyId"),
            (400, "TokenRefreshRequired"), (400, "InvalidToken"), (403, "AccessDenied"),
            (403, "SignatureDoesNotMatch"),
            (401, "Unauthorized"),
        ])
    func anyRefusalOfAKeyThatChangesIsWorthAnother(_ status: Int, _ code: String) async throws {
        let keys = Keys()
        let scripted = try ScriptedStore(server(accepting: "KEY2", status, code)) { keys.next() }
        try await scripted.store.delete(key)
        try await scripted.store.delete(key)
        #expect(keys.asked == 2)
        #expect(scripted.server.requests.count == 3)
    }

    @Test func keysThatStayTheSameAreNotAskedForWithEachRefusal() async throws {
        let keys = Keys(upTo: 1)
        let scripted = try ScriptedStore(server(accepting: "KEY2", 403, "AccessDenied")) { keys.next() }
        for _ in 0..<5 {
            let refused = await code { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
            #expect(refused == .accessDenied)
        }
        #expect(keys.asked == 2)
        #expect(scripted.server.requests.count == 5)
    }

    @Test func keysThatCannotChangeAreAskedForOnce() async throws {
        let keys = Keys(isRenewable: false)
        let scripted = try ScriptedStore(server(accepting: "KEY2", 403, "InvalidAccessKeyId")) { keys.next() }
        let refused = await code { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
        #expect(refused == .credentialsRefused)
        #expect(keys.asked == 1)
    }

    @Test func keysAreRenewedBeforeTheyEnd() async throws {
        let keys = Keys(lifetime: 3600)
        let signing = SigningState(try configuration(keys))
        let start = ScriptedStore.now
        for (time, count) in [(0, 1), (3000, 1), (3299, 1), (3300, 2), (3301, 2)] as [(Int64, Int)] {
            _ = try await signing.signer(at: start + time)
            #expect(keys.asked == count, "after \(time) s")
        }
    }

    /// Keys that live for a minute must not be asked for with every request.
    @Test func aShortLifeIsNotAskedAboutAllTheTime() async throws {
        let keys = Keys(lifetime: 60)
        let signing = SigningState(try configuration(keys))
        for time in 0..<30 { _ = try await signing.signer(at: ScriptedStore.now + Int64(time)) }
        #expect(keys.asked == 1)
        _ = try await signing.signer(at: ScriptedStore.now + 31)
        #expect(keys.asked == 2)
    }

    @Test func keysThatHoldAreUsedWhileOthersCannotBeHad() async throws {
        struct Locked: Error {}
        let asked = Mutex(0)
        let signing = SigningState(
            try S3Configuration(
                name: "x", endpoint: "https://s3.example.com", region: "r", bucket: "photos",
                credentials: {
                    let count = asked.withLock { asked in
                        asked += 1
                        return asked
                    }
                    guard count == 1 else { throw Locked() }
                    return S3Credentials(
                        accessKeyID: "KEY1", secretAccessKey: "s", expiration: ScriptedStore.now + 3600)
                }))
        _ = try await signing.signer(at: ScriptedStore.now)
        #expect(try await signing.signer(at: ScriptedStore.now + 3400).credentials.accessKeyID == "KEY1")
        await #expect(throws: Locked.self) { _ = try await signing.signer(at: ScriptedStore.now + 3700) }
    }

    private func configuration(_ keys: Keys) throws -> S3Configuration {
        try S3Configuration(
            name: "x", endpoint: "https://s3.example.com", region: "r", bucket: "photos",
            credentials: { keys.next() })
    }
}
