import Foundation
import ServerTesting
import SoakTesting

@testable import Backup
@testable import S3
@testable import S3Signer
@testable import Vault

/// One of a test vault's replicas that is an S3 server of somebody malicious: it lies by a seed about anything, and does to
/// what it holds whatever it likes.
///
/// The vault's machines are given it in the place of the replica in memory, which stays as it was made.
final class MaliciousReplica: Sendable {
    let place: Int
    private let server: HostileServer
    private let store: S3Store

    /// - Parameter clock: what it takes for the present time, in seconds since 1970.
    init(in test: TestVault, place: Int, clock: @escaping @Sendable () -> Int64) async throws {
        self.place = place
        let replica = test.replicas[place]
        server = try HostileServer(clock: { Date(timeIntervalSince1970: Double(clock() + 7)) })
        for key in try await replica.names() { server.store(key.rawValue, try await replica.bytes(key)) }
        store = try Self.store(on: server, named: replica.name)
        test.substitute(replica: place, by: Provider(store: store, location: replica.name))
    }

    /// With waits that no test needs.
    private static func store(on server: HostileServer, named name: String) throws -> S3Store {
        var timeouts = S3Configuration.Timeouts()
        timeouts.stall = .seconds(5)
        let configuration = try S3Configuration(
            name: name, endpoint: server.endpoint, region: "us-east-1", bucket: HostileServer.bucket,
            timeouts: timeouts, credentials: { S3Credentials(accessKeyID: "a", secretAccessKey: "b") })
        let policy = RetryPolicy(
            maximumAttempts: 3, base: .milliseconds(1), ceiling: .milliseconds(5),
            retryAfterCeiling: .milliseconds(5))
        return try S3Store(configuration, policy: policy, environment: .system)
    }

    /// Nothing that an earlier process has met counts any more.
    func beginPhase() { store.beginPhase() }

    /// Half of the time it does something to what it holds, and mostly it lies in a way of its own from now on; says what.
    func misbehave(using random: inout SeededGenerator) -> [String] {
        var deeds: [String] = []
        if random.chance(50) {
            let misdeed = random.pick(Misdeed.allCases)
            deeds.append("it \(misdeed)")
            misdeed.commit(on: server, using: &random)
        }
        if random.chance(80) {
            let lies = Lies.drawn(using: &random)
            deeds.append("it lies, \(lies)")
            server.lie { lies.lie(for: $0) }
        } else {
            server.beHonest()
        }
        return deeds
    }
}

extension VaultAccess {
    /// As a machine that has never heard of it.
    func without(_ malicious: MaliciousReplica?) -> VaultAccess {
        var access = self
        if let malicious { access.providers.remove(at: malicious.place) }
        return access
    }
}
