import Crypto
import ProgramTesting
import ServerTesting
import Synchronization
import Testing

/// What a fault of one provider in three comes to for the whole program: the table of docs/RELIABILITY.md.
struct ProviderFault: CustomTestStringConvertible, Sendable {
    /// How the provider is wrong.
    enum Kind: Sendable {
        /// It answers, and a proxy does this to each answer.
        case answers(FaultProxy.Fault)
        /// Nobody takes connections.
        case refuses
        /// Connections are taken, and nothing is ever said on them.
        case isSilent
    }

    let testDescription: String
    let make: @Sendable () -> Kind
    /// The exit code of an archive, of `verify --level read` and of a restore that prefers this provider.
    let archive: Int32
    let verify: Int32
    let restore: Int32 = 0

    init(
        _ name: String, _ make: @autoclosure @escaping @Sendable () -> FaultProxy.Fault, archive: Int32,
        verify: Int32
    ) {
        (testDescription, self.archive, self.verify) = (name, archive, verify)
        self.make = { .answers(make()) }
    }

    init(_ name: String, _ kind: Kind, archive: Int32, verify: Int32) {
        (testDescription, self.archive, self.verify) = (name, archive, verify)
        make = { kind }
    }

    static let all = [
        ProviderFault("connection refused", .refuses, archive: 4, verify: 4),
        ProviderFault("silent from the first byte on", .isSilent, archive: 4, verify: 4),
        ProviderFault("reset in mid-body", .reset(afterBodyBytes: 100), archive: 4, verify: 4),
        ProviderFault("503 always", .serverError(503), archive: 4, verify: 4),
        ProviderFault("10 KB/s", .slow(bytesPerSecond: 10_000), archive: 0, verify: 0),
        ProviderFault(
            "truncated, the whole length announced", .truncated(to: 100, announcesWhole: true), archive: 4,
            verify: 4),
        ProviderFault(
            "truncated, its own length announced", .truncated(to: 100, announcesWhole: false), archive: 4,
            verify: 4),
        ProviderFault("200 with an error body", .errorUnder200, archive: 4, verify: 4),
        ProviderFault("200 to everything", .yes, archive: 4, verify: 4),
        ProviderFault("reordered list pages", .reordered, archive: 4, verify: 4),
        ProviderFault("repeated entries", .repeatedEntries, archive: 4, verify: 4),
        ProviderFault("the same page forever", .samePageForever(), archive: 4, verify: 4),
        ProviderFault("no length announced", .unframed, archive: 0, verify: 0),
        ProviderFault("strangers' names that XML cannot hold", .strangers, archive: 0, verify: 0),
        ProviderFault("listings that lag behind", .withoutPacks, archive: 0, verify: 0),
        ProviderFault("a Date that is a day off", .date(offBy: 86_400), archive: 0, verify: 0),
        // Further off than a second correction could make up for, since each is told another time.
        ProviderFault("refused for the clock", .skewed(by: 1200), archive: 4, verify: 4),
        ProviderFault(
            "objects that come back altered",
            .changed { answer in
                // Listings stay as they are: only who reads the objects can tell.
                guard answer["content-type"]?.contains("xml") != true, !answer.body.isEmpty else { return }
                answer.body[answer.body.count / 2] ^= 1
            }, archive: 4, verify: 5),
    ]
}

extension EndToEnd {
    /// One provider of three behind a proxy that does wrong.
    @Suite struct FaultTests {
        /// How the machine reaches the provider that is wrong.
        private struct Way {
            let proxy: FaultProxy
            let endpoint: String
            let answers: Bool

            init(to server: TestServer, _ kind: ProviderFault.Kind) throws {
                switch kind {
                case .answers(let fault):
                    proxy = try FaultProxy(to: server) { _, _ in fault }
                    (endpoint, answers) = (proxy.endpoint, true)
                case .refuses:
                    proxy = try FaultProxy(to: server) { _, _ in .none }
                    proxy.close()
                    (endpoint, answers) = (proxy.endpoint, false)
                case .isSilent:
                    // It waits for the end of a request's head, which does not come before it has said something.
                    proxy = try FaultProxy(to: server) { _, _ in .none }
                    (endpoint, answers) = (proxy.endpoint.replacing("http://", with: "https://"), false)
                }
            }
        }

        @Test(arguments: ProviderFault.all)
        func oneProviderDoesWrong(fault: ProviderFault) async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            // More than one object of a kind, so that their order can be wrong.
            for number in 1...3 {
                try shoot.write(randomBytes(3000 * number), to: "\(number).raw")
                try await machine.archive(shoot)
            }

            let way = try Way(to: replicas[2].server, fault.make())
            defer { way.proxy.close() }
            try machine.configure(replicas.configuration(reaching: [2: way.endpoint]))
            try shoot.write(randomBytes(20_000), to: "4.raw")
            let original = try FolderRecord(shoot.text)
            let archive = await machine.finish(
                try machine.start(["archive", shoot.text, "--as", "Shoot", "--json"]))
            #expect(archive.exitCode == fault.archive, "\(archive)")
            let verify = try await machine.run("verify", "--level", "read", "--json")
            #expect(verify.exitCode == fault.verify, "\(verify)")
            try await machine.expectRestore(of: original, "--from", replicas[2].name)
            #expect(way.proxy.requests.isEmpty == !way.answers)

            // Without the proxy everything is put right.
            try machine.configure(replicas.configuration())
            let heal = try await machine.run("heal", "--level", "read", "--json")
            #expect(heal.exitCode == 0, "\(heal)")
            try await Machine([replicas[2]]).expectRestore(of: original, environment: Machine.withPassword)
        }

        /// Every pack stalls in its middle: each read is sent to another provider instead.
        @Test func aProviderThatStallsHoldsUpNoRestore() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...3 { try shoot.write(randomBytes(100_000), to: "\(number).raw") }
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            let proxy = try FaultProxy(to: replicas[0].server) { _, request in
                request.target.contains("/packs/") ? .stalled(afterBodyBytes: 1000) : .none
            }
            defer { proxy.close() }
            try machine.configure(replicas.configuration(reaching: [0: proxy.endpoint]))
            try await machine.expectRestore(of: original, "--from", replicas[0].name)
            #expect(proxy.requests.contains { $0.contains("/packs/") })
        }

        /// A single answer that stops in its middle: the request is sent again on another connection, long before the
        /// stall would count as a failure.
        @Test func aReadThatStallsOnceIsSentAgain() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...6 {
                try shoot.write(randomBytes(3000), to: "\(number).raw")
                try await machine.archive(shoot)
            }
            let stalled = Mutex<String?>(nil)
            let proxy = try FaultProxy(to: replicas[2].server) { _, request in
                guard request.method == "GET", request.target.contains("/packs/") else { return .none }
                let isFirst = stalled.withLock { stalled in
                    defer { stalled = stalled ?? request.target }
                    return stalled == nil
                }
                return isFirst ? .stalled(afterBodyBytes: 100) : .none
            }
            defer { proxy.close() }
            try machine.configure(replicas.configuration(reaching: [2: proxy.endpoint]))
            let verify = try await machine.run("verify", "--level", "read", "--json")
            #expect(verify.exitCode == 0, "\(verify)")
            let first = stalled.withLock { $0 }
            let target = try #require(first)
            #expect(proxy.requests.count { $0.hasSuffix(target) } == 2)
        }

        /// A burst that is over before the retries are leaves nothing behind.
        @Test(arguments: [500, 503])
        func aBurstOfErrorsIsRiddenOut(status: Int) async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(20_000), to: "1.raw")
            let proxy = try FaultProxy(to: replicas[2].server) { index, _ in
                (4...6).contains(index) ? .serverError(status) : .none
            }
            defer { proxy.close() }
            try machine.configure(replicas.configuration(reaching: [2: proxy.endpoint]))
            try await machine.archive(shoot)
            #expect(proxy.requests.count > 7)
        }

        /// Two of three do wrong: nothing is called stored.
        @Test func twoProvidersThatSayYesAreNoQuorum() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(20_000), to: "1.raw")
            let proxies = try replicas[1...].map { try FaultProxy(to: $0.server) { _, _ in .yes } }
            defer { for proxy in proxies { proxy.close() } }
            try machine.configure(
                replicas.configuration(reaching: [1: proxies[0].endpoint, 2: proxies[1].endpoint]))
            try await machine.archive(shoot, exitCode: 1)
            #expect(try await replicas[0].objects("snapshots/").isEmpty)
        }
    }
}
