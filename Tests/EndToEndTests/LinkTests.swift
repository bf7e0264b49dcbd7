import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// Links, opened without a browser: what `share open` does is what the page in a browser does.
    @Suite struct LinkTests {
        /// SeaweedFS, which checks signatures and knows when they end; and a bucket of moto's that everybody may read.
        private let replica: Replica
        private let open: Replica
        private let machine: Machine
        private let shoot: Folder
        private let original: FolderRecord

        init() async throws {
            let prefix = Replica.newPrefix()
            replica = try Replica(Servers.named("seaweedfs"), prefix: prefix)
            let publicServer = try await Servers.named("moto").withOwnBucket(isLocking: false)
            try await publicServer.letEverybodyRead()
            open = try Replica(publicServer, prefix: "links")
            machine = try await Machine.withVault(on: [replica])
            shoot = try machine.scratch.folder("shoot")
            // More than one chunk, more than one message, compressible, and empty.
            try shoot.write(randomBytes(9 << 20), to: "large.nef")
            try shoot.write(randomBytes(300_000), to: "IMG_0042.jpg")
            try shoot.makeFolder("day two").write([UInt8](repeating: 65, count: 50_000), to: "notes.txt")
            try shoot.write([], to: "empty.txt")
            original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
        }

        /// Gives out a link, and returns its address and what the program said.
        private func link(
            _ arguments: [String] = [], environment: [String: String] = [:], exitCode: Int32 = 0
        ) async throws -> (address: String, run: ProgramRun) {
            let run = await machine.finish(
                try machine.start(["share", "link", "Shoot", "--json"] + arguments, environment: environment))
            try #require(run.exitCode == exitCode, "\(run)")
            return (run.summary["address"] as? String ?? "", run)
        }

        /// Opens a link on a machine that has nothing but it.
        private func opened(
            _ address: String, to folder: String, environment: [String: String] = [:]
        ) async throws -> ProgramRun {
            let stranger = try Scratch()
            return try await RunningProgram(
                ["share", "open", address, "--to", folder, "--json", "--allow-local"],
                environment: ["HOME": stranger.path].merging(environment) { $1 }
            ).finish()
        }

        /// Whoever made it has chosen the page's address and all those in it: what is asked here is asked from inside.
        @Test func aLinkIntoThisNetworkIsAskedForOnlyWhereThatIsMeant() async throws {
            let address = try await link(["--no-previews"]).address
            let folder = machine.scratch("received")
            let server = try ScriptedServer([.answer(200, body: "x")])
            let fragment = "AQ" + String(repeating: "A", count: 42)
            for address in ["\(server.endpoint)/reboot#\(fragment)", address] {
                let run = try await RunningProgram(
                    ["share", "open", address, "--to", folder], environment: ["HOME": machine.scratch.path]
                ).finish()
                #expect(run.exitCode == 1, "\(run)")
                #expect(run.error.contains("it leads to 127.0.0.1, which is in this machine's own network"))
                #expect(run.error.contains("hint: if that is where it was shared from: --allow-local"))
            }
            #expect(server.requests.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: folder))
        }

        private func files(below folder: String) throws -> [String: Data] {
            let names = FileManager.default.subpaths(atPath: folder) ?? []
            return try Dictionary(
                uniqueKeysWithValues: names.compactMap { name in
                    var isFolder: ObjCBool = false
                    let path = "\(folder)/\(name)"
                    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
                        !isFolder.boolValue
                    else { return nil }
                    return (name, try Data(contentsOf: URL(filePath: path)))
                })
        }

        private func configureShare(_ changes: [String: String] = [:]) throws {
            let server = open.server
            try machine.configure(
                """
                \(replica.configuration(changes))
                [share]
                url = "\(server.endpoint)/\(server.bucket)/\(open.prefix)"
                endpoint = "\(server.endpoint)"
                region = "\(server.region)"
                bucket = "\(server.bucket)"
                prefix = "\(open.prefix)"
                access_key_id = "\(server.accessKeyID)"
                secret_access_key = "\(server.secretAccessKey)"
                """)
        }

        @Test func whoeverHasTheLinkHasTheFiles() async throws {
            let (address, run) = try await link(["--title", "Anna & Ben", "--no-previews"])
            #expect(run.summary["files"] as? Int == 4)
            let fragment = try #require(address.split(separator: "#").last)
            #expect(fragment.utf8.count == 44 && address.contains("X-Amz-SignedHeaders=host&"))
            #expect(run.messages.contains { ($0["why"] as? String)?.contains("one site") ?? false }, "\(run)")

            let folder = machine.scratch("received")
            let received = try await opened(address, to: folder)
            #expect(received.exitCode == 0, "\(received)")
            #expect(received.summary["title"] as? String == "Anna & Ben")
            #expect(try files(below: folder) == files(below: shoot.text))
            // Again: nothing is replaced.
            #expect(try await opened(address, to: folder).exitCode == 3)
            #expect(try files(below: folder) == files(below: shoot.text))

            // Outside of the replica: no check finds fault with it, and nothing in it can be read.
            #expect(try await machine.run("verify", "--level", "read").exitCode == 0)
            #expect(try await replica.objects("shares/").count == 1)
            for name in try await replica.objects().keys {
                let bytes = try await replica.read(name)
                // Four bytes are found in ciphertext by chance.
                for text in ["IMG_0042", "notes.txt", "Anna &", String(fragment)] {
                    #expect(bytes.firstRange(of: Array(text.utf8)) == nil, "\(text) in \(name)")
                }
            }
        }

        @Test func aPartIsSharedUnderItsOwnNames() async throws {
            let (address, run) = try await link(["shoot/day two", "--no-previews"])
            #expect(run.summary["files"] as? Int == 1)
            let folder = machine.scratch("received")
            #expect(try await opened(address, to: folder).exitCode == 0)
            #expect(try files(below: folder).keys.sorted() == ["notes.txt"])
        }

        @Test func filesOfSystemsAreLeftOut() async throws {
            let names = [
                "._IMG_0042.jpg", ".DS_Store", "Thumbs.db", "desktop.ini", "DESKTOP.INI",
                "day two/._notes.txt",
            ]
            for name in names { try shoot.write(randomBytes(100), to: name) }
            try shoot.makeFolder("@eaDir").write([1], to: "IMG_0042.jpg")
            try await machine.archive(shoot)
            let (address, run) = try await link(["--no-previews"])
            #expect(run.summary["files"] as? Int == 4 && run.summary["files_of_systems"] as? Int == 7)
            let folder = machine.scratch("received")
            #expect(try await opened(address, to: folder).exitCode == 0)
            let there = try files(below: folder).keys.sorted()
            #expect(there == ["IMG_0042.jpg", "day two/notes.txt", "empty.txt", "large.nef"])
            // Who names one wants it.
            let named = try await link(["shoot/.DS_Store", "shoot/IMG_0042.jpg", "--no-previews"]).run
            #expect(named.summary["files"] as? Int == 2, "\(named)")
        }

        @Test func previewsThatCannotBeMadeAreTold() async throws {
            let clip = try machine.scratch.folder("clip")
            for number in 1...3 { try clip.write(randomBytes(5000), to: "IMG_\(number).HEIC") }
            try await machine.archive(clip)
            let none = try await link(["clip", "--previews-only"], exitCode: 1).run
            #expect(
                none.messages.contains { ($0["why"] as? String)?.contains("preview") ?? false }, "\(none)")
            #expect(try await replica.objects("shares/").isEmpty)
            let some = try await link(["clip"]).run
            #expect(some.summary["files_without_preview"] as? Int == 3, "\(some)")
            // What is no picture has none to miss.
            #expect(try await link(["shoot/empty.txt"]).run.summary["files_without_preview"] as? Int == 0)
        }

        @Test func aPasswordIsNeededBesidesTheLink() async throws {
            let variable = "PHOTOBACKUP_SHARE_PASSWORD"
            machine.guardSecret("Möwe 17")
            let (address, _) = try await link(
                ["--password", "--no-previews"], environment: [variable: "Möwe 17"])
            let folder = machine.scratch("received")
            let wrong = try await opened(address, to: folder, environment: [variable: "Mowe 17"])
            #expect(wrong.exitCode == 12, "\(wrong)")
            #expect(try await opened(address, to: folder).exitCode == 1)
            #expect(!FileManager.default.fileExists(atPath: folder))
            // As another device types it: the dots are a letter of their own.
            let right = try await opened(address, to: folder, environment: [variable: "Mo\u{308}we 17"])
            #expect(right.exitCode == 0, "\(right)")
            #expect(try files(below: folder) == files(below: shoot.text))
        }

        @Test func aLinkThatWasTakenBackOpensNothing() async throws {
            let (address, _) = try await link(["--no-previews"])
            let id = try #require(
                try await machine.run("share", "list", "--json").messages.first?["link_id"] as? String)
            #expect(try await machine.run("share", "revoke", "0000").exitCode == 1)
            let revoked = try await machine.run("share", "revoke", String(id.prefix(6)))
            #expect(revoked.exitCode == 0 && revoked.output.contains("cannot be taken back"), "\(revoked)")
            let run = try await opened(address, to: machine.scratch("received"))
            #expect(run.exitCode == 1, "\(run)")
            #expect(run.messages.contains { ($0["why"] as? String) == "it is not there any more" }, "\(run)")
            #expect(try await machine.run("share", "list").output == "nothing is shared\n")
            #expect(try await replica.objects("shares/").isEmpty)
            #expect(try await machine.run("verify").exitCode == 0)
        }

        @Test func aLinkEndsWithItsAddresses() async throws {
            let (address, _) = try await link(["--expires", "2s", "--no-previews"])
            var run: ProgramRun
            repeat {
                run = try await opened(address, to: machine.scratch(UUID().uuidString))
            } while run.exitCode == 0
            // It may end between the page and a file.
            #expect(run.output.contains("its time is over"), "\(run)")
            // What is left of it is cleared away by the run that nobody watches.
            #expect(try await machine.run("share", "list").output.contains("ended"))
            let cleared = try await machine.run("schedule", "run")
            #expect(cleared.exitCode == 0, "\(cleared)")
            #expect(try await machine.run("share", "list").output == "nothing is shared\n")
            #expect(try await replica.objects("shares/").isEmpty)
        }

        @Test func damageIsNamedAndTheOthersComeBack() async throws {
            let (address, _) = try await link(["--no-previews"])
            // One byte of the largest file's chunks.
            let packs = try await replica.objects("packs/").sorted { $0.value > $1.value }
            var bytes = try await replica.read(packs[0].key)
            bytes[packs[0].value / 2] ^= 1
            try await replica.write(bytes, to: packs[0].key)
            let folder = machine.scratch("received")
            let run = try await opened(address, to: folder)
            #expect(run.exitCode == 1 && run.summary["files_failed"] as? Int == 1, "\(run)")
            #expect(run.messages.contains { ($0["why"] as? String)?.contains("damaged") ?? false }, "\(run)")
            var left = try files(below: shoot.text)
            left["large.nef"] = nil
            #expect(try files(below: folder) == left)
        }

        @Test func whatIsNoLinkIsRefused() async throws {
            let (address, _) = try await link(["--no-previews"])
            let page = try #require(address.split(separator: "#").first.map(String.init))
            let other = String(repeating: "A", count: 2)
            for text in [
                "", "https://127.0.0.1", page, page + "#", "\(address)A", String(address.dropLast()),
            ] {
                let run = try await opened(text, to: machine.scratch("received"))
                #expect(run.exitCode == 1, "\(text): \(run)")
            }
            let altered = "\(page)#AQ\(other)\(address.suffix(40))"
            let run = try await opened(altered, to: machine.scratch("received"))
            #expect(run.exitCode == 1, "\(run)")
            #expect(!FileManager.default.fileExists(atPath: machine.scratch("received")))
        }

        @Test func whatCannotBeMadeIsRefused() async throws {
            let long = try await link(["--expires", "8d"], exitCode: 1)
            #expect(long.run.messages.contains { ($0["hint"] as? String)?.contains("[share]") ?? false })
            #expect(try await link(["--expires", "soon"], exitCode: 64).address == "")
            #expect(try await link(["shoot/none"], exitCode: 1).address == "")
            #expect(try await link(["--provider", "none"], exitCode: 1).address == "")
            #expect(try await replica.objects("records/").isEmpty)
            #expect(try await replica.objects("shares/").isEmpty)
        }

        @Test func aPlaceOfItsOwnGivesAStableAddress() async throws {
            try configureShare()
            let (address, run) = try await link(["--expires", "30d", "--no-previews"])
            #expect(run.exitCode == 0, "\(run)")
            let prefix = "\(open.server.endpoint)/\(open.server.bucket)/\(open.prefix)/"
            #expect(address.hasPrefix(prefix) && !address.contains("?"))
            #expect(try await open.objects().keys.map { $0.suffix(5) }.sorted() == [".html", "ifest"])
            #expect(try await replica.objects("shares/").isEmpty)
            let folder = machine.scratch("received")
            let received = try await opened(address, to: folder)
            #expect(received.exitCode == 0, "\(received)")
            #expect(try files(below: folder) == files(below: shoot.text))
            // What lasts is not renewed yet.
            let before = try await open.objects()
            #expect(try await machine.run("schedule", "run").exitCode == 0)
            #expect(try await open.objects() == before)

            // A list that lies beside another share's page does not open.
            let (second, _) = try await link(["shoot/empty.txt", "--no-previews"])
            let names = [address, second].map { link in
                String(link.dropFirst(prefix.count).prefix(32)) + ".manifest"
            }
            try await open.write(try await open.read(names[0]), to: names[1])
            let swapped = try await opened(second, to: machine.scratch("swapped"))
            #expect(
                swapped.messages.contains { ($0["why"] as? String)?.contains("another share's") ?? false },
                "\(swapped)")

            let id = String(names[0].prefix(32))
            #expect(try await machine.run("share", "revoke", id).exitCode == 0)
            let late = try await opened(address, to: machine.scratch("late"))
            #expect(late.exitCode == 1)
            #expect(
                late.messages.contains { ($0["why"] as? String) == "it is not there any more" }, "\(late)")
            // The other link, and the page that says that this one has ended.
            #expect(try await open.objects()["\(id).manifest"] == nil)
            #expect(try await open.objects().count == 3)
        }

        /// The keys that sign links can be taken back without any other being touched.
        @Test func linksEndWithTheKeysThatSignThem() async throws {
            let (bucket, prefix) = (replica.server.bucket, replica.prefix)
            let policy = """
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource":
                ["arn:aws:s3:::\(bucket)/\(prefix)/packs/*", "arn:aws:s3:::\(bucket)/\(prefix)/shares/*"]}]}
                """
            let user = try await BucketUser(of: replica, policy: policy)
            try sign(with: user)
            let (presigned, _) = try await link(["--no-previews"])
            #expect(presigned.contains("X-Amz-Credential=\(user.accessKeyID)%2F"))
            try configureShare(["share_profile": "links"])
            let (kept, _) = try await link(["--no-previews", "--expires", "30d"])
            for address in [presigned, kept] {
                let run = try await opened(address, to: machine.scratch(UUID().uuidString))
                #expect(run.exitCode == 0, "\(run)")
            }
            #expect(try await machine.run("schedule", "run").exitCode == 0)
            try await user.takeKeyAway()
            for address in [presigned, kept] {
                let run = try await opened(address, to: machine.scratch(UUID().uuidString))
                #expect(run.exitCode == 1, "\(run)")
            }
            // A run with other keys gives the link that is kept new addresses; the other one is over.
            try sign(with: try await BucketUser(of: replica, policy: policy))
            try configureShare(["share_profile": "links"])
            let renewed = try await machine.run("schedule", "run")
            #expect(renewed.exitCode == 0 && renewed.output.contains("renewed until"), "\(renewed)")
            #expect(try await opened(kept, to: machine.scratch("again")).exitCode == 0)
            #expect(try await opened(presigned, to: machine.scratch("never")).exitCode == 1)
            #expect(try await machine.run("verify").exitCode == 0)
        }

        private func sign(with user: BucketUser) throws {
            let folder = machine.scratch("home/.aws")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try """
            [links]
            aws_access_key_id = \(user.accessKeyID)
            aws_secret_access_key = \(user.secretAccessKey)
            """.write(toFile: folder + "/credentials", atomically: true, encoding: .utf8)
            try machine.configure(replica.configuration(["share_profile": "links"]))
        }

        @Test func previewsAreSmallAndStandForTheOriginals() async throws {
            let picture = shoot.text + "/IMG_0042.jpg"
            let make = """
                import sys; from PIL import Image
                Image.linear_gradient("L").resize((1800, 1200)).convert("RGB").save(sys.argv[1], "JPEG", quality=95)
                """
            let made = try await RunningProgram(
                ["-c", make, picture], environment: [:], program: Python.path
            ).finish()
            try #require(made.exitCode == 0, "\(made)")
            try await machine.archive(shoot, "--replace")
            let (address, run) = try await link(["--previews-only"])
            #expect(run.summary["files"] as? Int == 4)
            let folder = machine.scratch("received")
            #expect(try await opened(address, to: folder).exitCode == 0)
            let received = try files(below: folder)
            #expect(received.keys.sorted() == ["IMG_0042.jpg.preview.jpg"])
            let preview = try #require(received.values.first)
            #expect(preview.starts(with: [0xff, 0xd8, 0xff]) && preview.count < 40_000)
        }
    }
}
