import Crypto
import Foundation
import PictureTesting
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// The dashboard, asked over real sockets as browsers and others would.
    @Suite struct DashboardTests {
        private let machine: Machine
        private let original: FolderRecord

        init() async throws {
            let machine = try Machine([], configuration: "")
            self.machine = machine
            let providers = try ["first", "second"].map { name in
                "[[provider]]\nname = \"\(name)\"\npath = \"\(try machine.scratch.folder(name).text)\"\n"
            }
            let shoot = try machine.scratch.folder("shoot")
            try machine.configure(
                providers.joined() + "[[collection]]\nname = \"Shoot\"\nsources = [\"\(shoot.text)\"]\n")
            _ = try await machine.initialise()
            try shoot.write(randomBytes(40_000), to: "IMG_0001.jpg")
            try shoot.write([1, 2, 3], to: "<script>alert(1).txt")
            try shoot.makeFolder("day two").write([7], to: "notes.txt")
            original = try FolderRecord(shoot.text)
            let run = try await machine.run("backup", "--json")
            try #require(run.exitCode == 0, "\(run)")
        }

        /// A dashboard that runs, and the cookie it gave.
        private struct Open {
            let program: RunningProgram
            let client: LoopbackClient
            let token: String
            let cookie: String

            var own: [(name: String, value: String)] { [("Cookie", cookie)] }

            func get(_ target: String) async throws -> HTTPMessage {
                try await client.send("GET", target, headers: own)
            }

            /// The value of the hidden field that every form has.
            func formToken() async throws -> String {
                try #require(try await get("/").text.value(of: "form"))
            }
        }

        private func open() async throws -> Open {
            let program = try machine.start(["dashboard", "--json"])
            let line = await program.nextOutput()
            let message = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            let address = try #require((message["address"] as? String).flatMap { URLComponents(string: $0) })
            #expect(message["message_type"] as? String == "dashboard" && address.host == "127.0.0.1")
            let token = try #require(address.queryItems?.first { $0.name == "token" }?.value)
            let client = LoopbackClient(port: UInt16(try #require(address.port)))
            let entered = try await client.send("GET", "/?token=\(token)")
            #expect(entered.status == 303 && entered["location"] == "/" && entered.body.isEmpty)
            let cookie = try #require(entered["set-cookie"])
            #expect(cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Strict") && !cookie.contains(token))
            return Open(
                program: program, client: client, token: token,
                cookie: String(cookie.prefix { $0 != ";" }))
        }

        private func close(_ open: Open) async {
            open.program.send(SIGINT)
            #expect(await open.program.finish().exitCode == 0)
        }

        /// 403, and nothing of the vault.
        private func expectNothing(
            _ answer: HTTPMessage, _ status: Int = 403, sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(answer.status == status && answer.body.isEmpty, sourceLocation: sourceLocation)
            #expect(answer["set-cookie"] == nil, sourceLocation: sourceLocation)
        }

        /// Beside the looks, so that one of the next shows it; and then the page that is a file, too.
        @Test(.timeLimit(.minutes(1))) func picturesAreOfTheDayThatTheCameraWrote() async throws {
            try Folder(path: Array(machine.scratch("shoot").utf8)).write(
                MadePicture.jpeg(maker: "NIKON", model: "Z 8", taken: "1994:05:06 07:08:09"),
                to: "IMG_0002.jpg")
            #expect(try await machine.run("backup").exitCode == 0)
            let open = try await open()
            var page = try await open.get("/").text
            while !page.contains("1994: 1 file of 1 day") {
                let form = try await open.formToken()
                _ = try await open.client.send(
                    "POST", "/look",
                    headers: open.own + [("Content-Type", "application/x-www-form-urlencoded")],
                    body: "form=\(form)")
                page = try await open.get("/").text
            }
            #expect(page.contains("The dates of 3 files are those of their last change."))
            await close(open)
            let file = machine.scratch("page.html")
            #expect(try await machine.run("status", "--html", file).exitCode == 0)
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("1994: 1 file of 1 day"))
        }

        @Test func whoHasNotTheTokenIsShownNothing() async throws {
            let open = try await open()
            let otherDigit = open.token.hasPrefix("A") ? "B" : "A"
            for target in [
                "/", "/snapshots", "/snapshot/x", "/picture/x", "/restore/1", "/nowhere", "/?token=",
                "/?token=AAAA",
                "/?token=\(otherDigit)\(open.token.dropFirst())", "/snapshots?token=\(open.token)",
            ] {
                expectNothing(try await open.client.send("GET", target))
            }
            let name = open.cookie.prefix { $0 != "=" }
            for cookie in ["\(name)=", "\(name)=\(open.token)", "other\(open.cookie)", "x=\(open.cookie)"] {
                expectNothing(try await open.client.send("GET", "/", headers: [("Cookie", cookie)]))
            }
            for method in ["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"] {
                expectNothing(try await open.client.send(method, "/", headers: open.own), 405)
            }
            #expect(try await open.get("/").status == 200)
            await close(open)
        }

        @Test func otherSitesAreRefusedEvenWithTheCookie() async throws {
            let open = try await open()
            let port = open.client.port
            let own = "http://127.0.0.1:\(port)"
            for (name, value) in [
                ("Host", "example.org"), ("Host", "example.org:\(port)"), ("Host", "127.0.0.1"),
                ("Host", "127.0.0.1:\(port + 1)"), ("Host", "127.0.0.1:\(port).example.org"), ("Host", ""),
                ("Origin", "https://example.org"), ("Origin", "null"), ("Origin", "http://localhost:\(port)"),
                ("Origin", "https://127.0.0.1:\(port)"), ("Sec-Fetch-Site", "cross-site"),
                ("Sec-Fetch-Site", "same-site"),
            ] {
                let answer = try await open.client.send("GET", "/", headers: open.own + [(name, value)])
                #expect(answer.status == 403 && answer.body.isEmpty, "\(name): \(value)")
                expectNothing(
                    try await open.client.send("GET", "/?token=\(open.token)", headers: [(name, value)]))
            }
            for (name, value) in [
                ("Host", "localhost:\(port)"), ("Origin", own), ("Sec-Fetch-Site", "same-origin"),
                ("Sec-Fetch-Site", "none"),
            ] {
                let answer = try await open.client.send("GET", "/", headers: open.own + [(name, value)])
                #expect(answer.status == 200, "\(name): \(value)")
            }
            await close(open)
        }

        @Test func itListensOnTheLoopbackAddressAlone() async throws {
            let open = try await open()
            let port = String(open.client.port, radix: 16, uppercase: true)
            let suffix = ":" + String(repeating: "0", count: 4 - port.count) + port
            var listening: [String] = []
            for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
                for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
                    let columns = line.split(separator: " ").map(String.init)
                    // 0A is LISTEN.
                    if columns[1].hasSuffix(suffix), columns[3] == "0A" { listening.append(columns[1]) }
                }
            }
            #expect(listening == ["0100007F" + suffix])
            await close(open)
        }

        @Test func pagesTellOfTheVaultAndMayLoadNothingFromElsewhere() async throws {
            let open = try await open()
            let first = try await open.get("/")
            #expect(first.text.contains("All is well: 3 files on all 2 replicas."))
            #expect(first.text.contains("<td>backup</td>"), "the run is recorded")
            #expect(!first.text.contains(open.token) && !first.text.contains("<script"))
            let policy = try #require(first["content-security-policy"])
            let style = try #require(first.text.between("<style>", "</style>"))
            let hash = SHA256.hash(Array(style.utf8)).bytes.base64
            #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-\(hash)';"))
            #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
            #expect(first["referrer-policy"] == "same-origin" && first["x-frame-options"] == "DENY")
            #expect(first["cache-control"] == "no-store" && first["x-content-type-options"] == "nosniff")
            let snapshot = try await snapshotAddress(open)
            let folder = try #require(
                try await open.get(snapshot).text.between("<a class=\"picture\" href=\"", "\""))
            let sheet = try await open.get(folder.replacing("&amp;", with: "&")).text
            #expect(sheet.contains("&lt;script&gt;alert(1).txt") && !sheet.contains("<script"))
            #expect(
                sheet.contains("IMG_0001.jpg") && sheet.contains("day two") && !sheet.contains("notes.txt"))
            for target in ["/snapshot/none", "\(snapshot)?path=%21", "/picture/none?path=cA"] {
                let answer = try await open.get(target)
                #expect([404, 500].contains(answer.status) && !answer.text.contains("IMG_0001"), "\(target)")
            }
            await close(open)
        }

        @Test func aRestoreNeedsAPageOfOursAndBringsFilesBack() async throws {
            let open = try await open()
            let snapshot = try await snapshotAddress(open).replacing("/snapshot/", with: "")
            let destination = machine.scratch("restored")
            func fields(_ token: String) -> String { "form=\(token)&snapshot=\(snapshot)&to=\(destination)" }
            let form = fields(try await open.formToken())
            func post(_ body: String, _ headers: [(name: String, value: String)]) async throws -> HTTPMessage
            {
                try await open.client.send("POST", "/restore", headers: headers, body: body)
            }
            for body in [fields(""), fields(open.token), "snapshot=\(snapshot)&to=\(destination)", ""] {
                expectNothing(try await post(body, open.own))
            }
            expectNothing(try await post(form, []))
            expectNothing(try await post(form, open.own + [("Origin", "https://example.org")]))
            expectNothing(try await post(form, open.own + [("Sec-Fetch-Site", "none")]))
            #expect(try await open.get("/restore?\(form)").status == 404)
            let tooLong = form + String(repeating: "&path=", count: 200_000)
            #expect(try await post(tooLong, open.own).status == 413)
            #expect(
                try await post(form.replacing(destination, with: "restored"), open.own).text.contains(
                    "from the root"))
            #expect(!FileManager.default.fileExists(atPath: destination))

            let begun = try await post(form, open.own + [("Origin", "http://127.0.0.1:\(open.client.port)")])
            let page = try #require(begun["location"])
            #expect(begun.status == 303)
            var shown = try await open.get(page).text
            while shown.contains("The restore is going on.") { shown = try await open.get(page).text }
            #expect(shown.contains("3 files restored."), "\(shown)")
            #expect(try FolderRecord("\(destination)/shoot").differences(from: original) == [])
            await close(open)
        }

        @Test func statusWritesTheSamePageAsOneFile() async throws {
            let file = machine.scratch("page.html")
            let run = try await machine.run("status", "--html", file)
            #expect(run.exitCode == 0, "\(run)")
            let html = try String(contentsOfFile: file, encoding: .utf8)
            #expect(html.contains("All is well: 3 files on all 2 replicas."))
            #expect(!html.contains("<form") && !html.contains("<a ") && !html.contains("src="))
            var status = stat()
            #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
        }

        @Test func aPortThatIsTakenIsSaid() async throws {
            let open = try await open()
            let run = try await machine.run("dashboard", "--port", "\(open.client.port)")
            #expect(run.exitCode == 1 && run.error.contains("port \(open.client.port) cannot be listened to"))
            await close(open)
        }

        private func snapshotAddress(_ open: Open) async throws -> String {
            let page = try await open.get("/snapshots").text
            return try #require(page.between("<th scope=\"row\"><a href=\"", "\""))
        }
    }
}

extension HTTPMessage {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}

extension String {
    fileprivate func between(_ start: String, _ end: String) -> String? {
        guard let first = range(of: start), let last = self[first.upperBound...].range(of: end) else {
            return nil
        }
        return String(self[first.upperBound..<last.lowerBound])
    }

    /// Of the hidden field of that name.
    fileprivate func value(of field: String) -> String? { between("name=\"\(field)\" value=\"", "\"") }
}
