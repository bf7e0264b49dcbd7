import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// What is advised where a link cannot be made, opened or taken back is done, and it can.
    @Suite struct LinkHintTests {
        private let replica: Replica
        private let open: Replica
        private let machine: Machine
        private let shoot: Folder

        init() async throws {
            replica = try Replica(Servers.named("moto"), prefix: Replica.newPrefix())
            let publicServer = try await replica.server.withOwnBucket(isLocking: false)
            try await publicServer.letEverybodyRead()
            open = try Replica(publicServer, prefix: "links")
            machine = try await Machine.withVault(on: [replica])
            shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(20_000), to: "a.jpg")
            try await machine.archive(shoot)
        }

        private func made(_ options: String...) async throws -> String {
            let run = await machine.finish(
                try machine.start(["share", "link", "Shoot", "--no-previews", "--json"] + options))
            #expect(run.exitCode == 0, "\(run)")
            return run.summary["address"] as? String ?? ""
        }

        private func opened(_ address: String, to folder: String? = nil) async throws -> ProgramRun {
            try await RunningProgram(
                [
                    "share", "open", address, "--allow-local", "--to",
                    folder ?? machine.scratch("got-\(UUID().uuidString)"),
                ], environment: ["HOME": machine.scratch("stranger")]
            ).finish()
        }

        private func configureShare(url: String? = nil) throws {
            let server = open.server
            try machine.configure(
                """
                \(replica.configuration())
                [share]
                url = "\(url ?? "\(server.endpoint)/\(server.bucket)/\(open.prefix)")"
                endpoint = "\(server.endpoint)"
                region = "\(server.region)"
                bucket = "\(server.bucket)"
                prefix = "\(open.prefix)"
                access_key_id = "\(server.accessKeyID)"
                secret_access_key = "\(server.secretAccessKey)"
                """)
        }

        @Test func aLinkIsOpenedAsTheHintSays() async throws {
            let address = try await made()
            let page = String(address.split(separator: "#")[0])
            let altered = "\(page)#AQAA\(address.suffix(40))"
            for (text, hint) in [
                (page, "put it in quotes, so that the shell leaves it whole"),
                (String(address.dropLast()), "copy the whole link: without its end it opens nothing"),
                (altered, "compare the link with the one you were given"),
            ] {
                let refused = try await opened(text)
                #expect(refused.exitCode == 1 && refused.gives(hint: hint), "\(hint): \(refused)")
            }
            let folder = machine.scratch("twice")
            #expect(try await opened(address, to: folder).exitCode == 0)
            let again = try await opened(address, to: folder)
            #expect(again.gives(hint: "name an empty folder"), "\(again)")
            #expect(try await opened(address).exitCode == 0)

            let list = try await machine.run("share", "list", "--json")
            let id = try #require(list.messages.first?["link_id"] as? String)
            let none = try await machine.run("share", "revoke", "0000")
            #expect(none.gives(hint: "photobackup share list shows the links that are out"), "\(none)")
            #expect(try await machine.run("share", "list").output.contains(id.prefix(8)))
            #expect(try await machine.run("share", "revoke", id).exitCode == 0)
            let late = try await opened(address)
            #expect(late.gives(hint: "ask whoever shared it for a new link"), "\(late)")
            #expect(try await opened(made()).exitCode == 0)
        }

        @Test func aLinkIsOpenedWhenItsPlaceAnswers() async throws {
            let (silent, failing) = (Gate(), Gate())
            let proxy = try FaultProxy(to: open.server) { _, _ in
                silent.isShut
                    ? .reset(afterBodyBytes: 0) : failing.isShut ? .answer(.answer(503)) : .none
            }
            let url = "\(proxy.endpoint)/\(open.server.bucket)/\(open.prefix)"
            try configureShare(url: url)
            silent.shut()
            let unseen = try await machine.run("share", "link", "Shoot", "--no-previews")
            #expect(
                unseen.exitCode == 0 && unseen.gives(hint: "open it once yourself before you send it"),
                "\(unseen)")
            let address = try #require(
                unseen.output.split(separator: "\n").first { $0.hasPrefix(url) }.map(String.init))
            let away = try await opened(address)
            #expect(away.gives(hint: "try again when there is a connection"), "\(away)")
            silent.open()
            failing.shut()
            let fails = try await opened(address)
            #expect(fails.gives(hint: "try again later"), "\(fails)")
            failing.open()
            // As each of the three says.
            #expect(try await opened(address).exitCode == 0)
        }

        @Test func thePlaceOfLinksIsCorrected() async throws {
            let foreign = try ScriptedServer { _, _ in .answer(200, body: "another page") }
            for (url, hint) in [
                (
                    "\(open.server.endpoint)/\(open.server.bucket)/none",
                    "check url under [share], and that everybody may read there"
                ),
                (foreign.endpoint, "check url under [share]: it must lead to what is stored at that place"),
            ] {
                try configureShare(url: url)
                let refused = try await machine.run("share", "link", "Shoot", "--no-previews")
                #expect(refused.exitCode == 1 && refused.gives(hint: hint), "\(hint): \(refused)")
            }
            try configureShare()
            #expect(try await opened(made()).exitCode == 0)
        }

        @Test func aLinkIsMadeAsTheHintSays() async throws {
            let virtual = "addressing = \"virtual\" gives the bucket a host of its own, and so does [share]"
            let shared = try await machine.run("share", "link", "Shoot", "--no-previews")
            #expect(shared.exitCode == 0 && shared.gives(hint: virtual), "\(shared)")
            let long = try await machine.run("share", "link", "Shoot", "--no-previews", "--expires", "8d")
            #expect(
                long.gives(hint: "with a [share] location in the configuration it can last longer"), "\(long)"
            )
            let bare = try await machine.run("share", "link", "Shoot", "--previews-only")
            #expect(bare.gives(hint: "without --previews-only it has the files themselves"), "\(bare)")
            #expect(try await machine.run("share", "link", "Shoot").exitCode == 0)
            try configureShare()
            let lasting = try await machine.run("share", "link", "Shoot", "--no-previews", "--expires", "8d")
            #expect(lasting.exitCode == 0 && !lasting.gives(hint: virtual), "\(lasting)")

            // What is missing is found, and put there.
            let disk = try machine.scratch.folder("disk")
            try machine.configure(
                replica.configuration() + "[[provider]]\nname = \"disk\"\npath = \"\(disk.text)\"\n")
            #expect(try await machine.run("provider", "add", "disk").exitCode == 0)
            for name in try await replica.objects("packs/").keys { try await replica.delete(name) }
            #expect(try await machine.run("verify").exitCode == 5)
            let lacking = try await machine.run("share", "link", "Shoot", "--no-previews")
            #expect(
                lacking.gives(hint: "photobackup verify shows what is missing, and heal puts it there"),
                "\(lacking)")
            #expect(try await machine.run("heal").exitCode == 0)
            #expect(try await machine.run("share", "link", "Shoot", "--no-previews").exitCode == 0)
        }

        @Test func aBucketIsAddedForLinks() async throws {
            let disk = try machine.scratch.folder("disk")
            let provider = "[[provider]]\nname = \"disk\"\npath = \"\(disk.text)\"\n"
            try machine.configure(replica.configuration() + provider)
            #expect(try await machine.run("provider", "add", "disk").exitCode == 0)
            try machine.configure(provider)
            let refused = try await machine.run("share", "link", "Shoot", "--no-previews")
            #expect(
                refused.exitCode == 1
                    && refused.gives(hint: "a link needs a bucket whose addresses a browser can ask"),
                "\(refused)")
            try machine.configure(replica.configuration() + provider)
            #expect(try await machine.run("share", "link", "Shoot", "--no-previews").exitCode == 0)
        }

        /// The key that every day's runs have may not delete, and that of `prune_profile` may.
        @Test func aKeyThatMayDeleteTakesALinkBack() async throws {
            let proxy = try FaultProxy(to: replica.server) { _, request in
                request.method == "DELETE" && request["authorization"]?.contains("=MAYDELETE/") != true
                    ? .answer(.answer(403, body: "<Error><Code>AccessDenied</Code></Error>")) : .none
            }
            let reached = replica.configuration(["endpoint": proxy.endpoint])
            try machine.configure(reached)
            #expect(try await machine.run("verify", environment: Machine.withPassword).exitCode == 0)
            let run = try await machine.run(
                "share", "link", "Shoot", "--no-previews", "--json", environment: Machine.withPassword)
            let id = try #require(run.summary["link_id"] as? String, "\(run)")
            let hint = "name a profile whose key may delete as prune_profile, or allow it to this key"
            let refused = try await machine.run("share", "revoke", id, environment: Machine.withPassword)
            #expect(refused.exitCode == 1 && refused.gives(hint: hint), "\(refused)")
            let probe = try await machine.run("provider", "probe", environment: Machine.withPassword)
            let small = "they are small and do no harm: delete them with a key that may, or let them be"
            #expect(probe.gives(hint: small), "\(probe)")

            _ = try machine.scratch.folder("home/.aws")
            try machine.write(
                "[delete]\naws_access_key_id = MAYDELETE\naws_secret_access_key = SK\n",
                to: "home/.aws/credentials")
            _ = try check("chmod", chmod(machine.scratch("home/.aws/credentials"), 0o600))
            try machine.configure(reached + "prune_profile = \"delete\"\n")
            let revoked = try await machine.run("share", "revoke", id, environment: Machine.withPassword)
            #expect(revoked.exitCode == 0, "\(revoked)")
            for name in try await replica.objects("probe/").keys { try await replica.delete(name) }
            try machine.configure(replica.configuration())
            let clean = try await machine.run("provider", "probe", environment: Machine.withPassword)
            #expect(clean.exitCode == 0 && !clean.gives(hint: small), "\(clean)")
        }
    }
}
