import Crypto
import ProgramTesting
import ServerTesting
import Testing

/// What a fault of one provider in three comes to for the whole program: the table of docs/RELIABILITY.md.
struct ProviderFault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let make: @Sendable () -> FaultProxy.Fault
    /// The exit code of an archive, of `verify --level read` and of a restore that prefers this provider.
    let archive: Int32
    let verify: Int32
    let restore: Int32 = 0

    init(
        _ name: String, _ make: @autoclosure @escaping @Sendable () -> FaultProxy.Fault, archive: Int32,
        verify: Int32
    ) {
        (testDescription, self.make, self.archive, self.verify) = (name, make, archive, verify)
    }

    static let all = [
        ProviderFault("reset in mid-body", .reset(afterBodyBytes: 100), archive: 4, verify: 4),
        ProviderFault("503 always", .serverError(503), archive: 4, verify: 4),
        ProviderFault("10 KB/s", .slow(bytesPerSecond: 10_000), archive: 0, verify: 0),
        ProviderFault(
            "truncated, the whole length announced", .truncated(to: 100, announcesWhole: true), archive: 4,
            verify: 4),
        ProviderFault("200 with an error body", .errorUnder200, archive: 4, verify: 4),
        ProviderFault("200 to everything", .yes, archive: 4, verify: 4),
        ProviderFault("reordered list pages", .reordered, archive: 4, verify: 4),
        ProviderFault("repeated entries", .repeatedEntries, archive: 4, verify: 4),
        ProviderFault("the same page forever", .samePageForever(), archive: 4, verify: 4),
        ProviderFault("a Date that is a day off", .date(offBy: 86_400), archive: 0, verify: 0),
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

            let wrong = fault.make()
            let proxy = try FaultProxy(to: replicas[2].server) { _, _ in wrong }
            defer { proxy.close() }
            try machine.configure(
                replicas[0].configuration() + replicas[1].configuration()
                    + replicas[2].configuration(["endpoint": proxy.endpoint]))
            try shoot.write(randomBytes(20_000), to: "4.raw")
            let original = try FolderRecord(shoot.text)
            let archive = await machine.finish(
                try machine.start(["archive", shoot.text, "--as", "Shoot", "--json"]))
            #expect(archive.exitCode == fault.archive, "\(archive)")
            let verify = try await machine.run("verify", "--level", "read", "--json")
            #expect(verify.exitCode == fault.verify, "\(verify)")
            try await machine.expectRestore(of: original, "--from", replicas[2].name)
            #expect(!proxy.requests.isEmpty)

            // Without the proxy everything is put right.
            try machine.configure(replicas.map { $0.configuration() }.joined(separator: "\n"))
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
            try machine.configure(
                replicas[0].configuration(["endpoint": proxy.endpoint]) + replicas[1].configuration()
                    + replicas[2].configuration())
            try await machine.expectRestore(of: original, "--from", replicas[0].name)
            #expect(proxy.requests.contains { $0.contains("/packs/") })
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
            try machine.configure(
                replicas[0].configuration() + replicas[1].configuration()
                    + replicas[2].configuration(["endpoint": proxy.endpoint]))
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
                replicas[0].configuration() + replicas[1].configuration(["endpoint": proxies[0].endpoint])
                    + replicas[2].configuration(["endpoint": proxies[1].endpoint]))
            try await machine.archive(shoot, exitCode: 1)
            #expect(try await replicas[0].objects("snapshots/").isEmpty)
        }
    }
}
