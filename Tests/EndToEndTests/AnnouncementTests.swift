import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Synchronization
import Testing

extension EndToEnd {
    /// What a provider announces or refuses, and the program says before it costs a photo: a real server behind a proxy
    /// that answers as others do.
    @Suite struct AnnouncementTests {
        private let replica: Replica
        private let shoot: Folder
        private let scratch: Scratch

        init() throws {
            replica = try Replica(Servers.named("moto"), prefix: Replica.newPrefix())
            scratch = try Scratch()
            shoot = try scratch.folder("shoot")
            try shoot.write(randomBytes(300_000), to: "a.jpg")
        }

        private func machine(
            _ fault: @escaping @Sendable (HTTPMessage) -> FaultProxy.Fault
        ) throws -> (machine: Machine, proxy: FaultProxy) {
            let proxy = try FaultProxy(to: replica.server) { _, request in fault(request) }
            let machine = try Machine(
                [replica], configuration: replica.configuration(["endpoint": proxy.endpoint]))
            return (machine, proxy)
        }

        private static let expiry = #"expiry-date="Fri, 04 Dec 2026 00:00:00 GMT", rule-id="tidy%20up""#

        @Test func aRuleThatWillDeleteThePhotosIsSaidUntilItIsGone() async throws {
            let folder = Mutex<String?>("/\(replica.server.bucket)/\(replica.prefix)/")
            let (machine, proxy) = try machine { request in
                let isMeant = folder.withLock { $0.map { request.target.hasPrefix($0) } ?? false }
                return isMeant ? .changed { $0["x-amz-expiration"] = Self.expiry } : .none
            }
            defer { proxy.close() }
            let told = "the lifecycle rule tidy up of the bucket will delete"
            let made = try await machine.run(
                "init", "--kdf-strength", "interactive", environment: Machine.withPassword)
            #expect(made.exitCode == 0 && made.error.contains(told), "\(made)")
            for command in [
                ["archive", shoot.text, "--as", "Shoot"], ["archive", shoot.text, "--as", "Shoot"],
                ["status"],
                ["verify"], ["doctor"],
            ] {
                let run = await machine.finish(try machine.start(command))
                #expect(run.exitCode == (command == ["doctor"] ? 1 : 4), "\(command): \(run)")
                #expect((run.output + run.error).contains(told), "\(command): \(run)")
                #expect((run.output + run.error).contains("take the rule out"), "\(command): \(run)")
            }
            let probe = try await machine.run("provider", "probe")
            #expect(probe.output.contains(told), "\(probe)")

            // A rule for what probes and links leave is a good one.
            folder.withLock { $0? += "probe/" }
            for command in [["status"], ["verify"], ["archive", shoot.text, "--as", "Shoot"]] {
                let run = await machine.finish(try machine.start(command))
                #expect(run.exitCode == 0, "\(command): \(run)")
                #expect(!(run.output + run.error).contains("lifecycle"), "\(command): \(run)")
            }
        }

        @Test func aLinkThatWouldOpenNothingIsNotGivenOut() async throws {
            let refuses = Mutex(true)
            let (machine, proxy) = try machine { request in
                guard refuses.withLock({ $0 }), request.target.contains("X-Amz-Signature") else {
                    return .none
                }
                return .answer(
                    .answer(
                        403, headers: [("Content-Type", "application/xml")],
                        body: "<Error><Code>AccessDenied</Code></Error>"))
            }
            defer { proxy.close() }
            _ = try await machine.initialise()
            try await machine.archive(shoot)
            let refused = try await machine.run("share", "link", "Shoot")
            #expect(refused.exitCode == 1, "\(refused)")
            #expect(!refused.output.contains("http"), "\(refused)")
            #expect(
                refused.error.contains("refuses the address of the link's page (HTTP 403 AccessDenied)"),
                "\(refused)")
            #expect(try await replica.objects("shares/") == [:])
            refuses.withLock { $0 = false }
            let given = try await machine.run("share", "link", "Shoot")
            #expect(given.exitCode == 0 && given.output.contains("http"), "\(given)")
        }

        @Test func aProxyThatTakesNoPacksIsNamedWithItsLimit() async throws {
            let (machine, proxy) = try machine { request in
                request.body.count > 2_000_000
                    ? .answer(
                        .answer(
                            413, headers: [("Content-Type", "text/html")],
                            body: "<html><title>413 Request Entity Too Large</title></html>")) : .none
            }
            defer { proxy.close() }
            _ = try await machine.initialise()
            try shoot.write(randomBytes(3_000_000), to: "b.raw")
            let refused = try await machine.archive(shoot, exitCode: 1)
            #expect((refused.output + refused.error).contains("client_max_body_size"), "\(refused)")
            let probe = try await machine.run("provider", "probe")
            #expect(probe.output.contains("1 MiB are taken"), "\(probe)")
            let doctor = try await machine.run("doctor")
            #expect(
                doctor.exitCode == 1 && doctor.output.contains("PROBLEM provider moto: packs are refused"),
                "\(doctor)")
        }

        @Test func aKeyThatIsLimitedToAPrefixIsNoProblem() async throws {
            let prefix = replica.prefix.replacing("/", with: "%2F")
            let bucket = "/\(replica.server.bucket)"
            let (machine, proxy) = try machine { request in
                let isOfBucket = request.target.prefix { $0 != "?" } == bucket
                guard isOfBucket, !request.target.contains("prefix=\(prefix)%2F") else { return .none }
                return .answer(.answer(403, body: "<Error><Code>AccessDenied</Code></Error>"))
            }
            defer { proxy.close() }
            _ = try await machine.initialise()
            try await machine.archive(shoot)
            let doctor = try await machine.run("doctor")
            #expect(doctor.exitCode == 0, "\(doctor)")
            #expect(doctor.output.contains("ok      provider moto: answers, and holds a vault"), "\(doctor)")
        }

        @Test func whatARuleHasMovedToColdStorageComesBackFromALoneBucket() async throws {
            let isMoved = Mutex(false)
            let asked = Mutex<Set<String>>([])
            let (machine, proxy) = try machine { request in
                let path = String(request.target.prefix { $0 != "?" })
                let isObject = path.dropFirst().contains("/") && !request.target.contains("prefix=")
                guard isMoved.withLock({ $0 }), isObject else { return .none }
                if request.method == "POST" {
                    asked.withLock { _ = $0.insert(path) }
                    return .answer(.answer(202))
                }
                guard !asked.withLock({ $0.contains(path) }) else { return .none }
                return request.method == "HEAD"
                    ? .changed { $0["x-amz-archive-status"] = "DEEP_ARCHIVE_ACCESS" }
                    : .answer(
                        .answer(
                            403, headers: [("Content-Type", "application/xml")],
                            body: "<Error><Code>InvalidObjectState</Code></Error>"))
            }
            defer { proxy.close() }
            _ = try await machine.initialise()
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            isMoved.withLock { $0 = true }
            try machine.forget()
            let refused = try await machine.run(
                "restore", "Shoot", "--to", scratch("nowhere"), environment: Machine.withPassword)
            #expect(refused.exitCode == 1 && refused.error.contains("restore --wait"), "\(refused)")
            try await machine.expectRestore(of: original, "--wait", environment: Machine.withPassword)
            #expect(
                asked.withLock {
                    $0.contains { $0.contains("/keyring/") } && $0.contains { $0.contains("/packs/") }
                })
        }

        @Test func aKeyThatMayNotDeleteIsWarnedOfOnce() async throws {
            let (machine, proxy) = try machine { request in
                request.method == "DELETE"
                    ? .answer(.answer(403, body: "<Error><Code>AccessDenied</Code></Error>")) : .none
            }
            defer { proxy.close() }
            _ = try await machine.initialise()
            let probe = try await machine.run("provider", "probe")
            #expect(probe.exitCode == 0, "\(probe)")
            let warnings = probe.error.split(separator: "\n").filter { $0.contains("could not be deleted") }
            #expect(warnings.count == 1, "\(probe)")
            #expect(
                probe.error.contains("objects below probe/ could not be deleted: 403 AccessDenied"),
                "\(probe)")

            try await machine.archive(shoot)
            let link = try await machine.run("share", "link", "Shoot", "--json")
            let id = try #require(link.summary["link_id"] as? String, "\(link)")
            let revoked = try await machine.run("share", "revoke", id)
            #expect(revoked.exitCode == 1, "\(revoked)")
            #expect(revoked.error.contains("this access key may not delete"), "\(revoked)")
            #expect(
                revoked.error.contains("hint: name a profile whose key may delete as prune_profile"),
                "\(revoked)")
        }
    }
}
