import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// The emergency kit: what it holds, what it opens when everything else is gone, and whether it was tested.
    @Suite struct KitTests {
        private let replicas: [Replica]
        private let machine: Machine
        private let words: String
        private let original: FolderRecord

        init() async throws {
            let vault = try await ShootVault()
            (replicas, machine) = (vault.replicas, vault.machine)
            (words, original) = (vault.words, vault.original)
        }

        /// Writes the kit and reads the two pages.
        private func kit() async throws -> (html: String, text: String) {
            let folder = try machine.scratch.folder("kit")
            let run = try await machine.run("kit", "-o", folder.text, "--json")
            try #require(run.exitCode == 0, "\(run)")
            let files = try #require(run.summary["files"] as? [String])
            for file in files {
                var status = stat()
                #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
            }
            return (
                try String(contentsOfFile: files[0], encoding: .utf8),
                try String(contentsOfFile: files[1], encoding: .utf8)
            )
        }

        private func wrappedKey() async throws -> String {
            let lines = try await kit().text.split(separator: "\n", omittingEmptySubsequences: false)
            let start = try #require(lines.firstIndex { $0.hasPrefix("The wrapped key") })
            return lines[(start + 2)...].prefix { !$0.isEmpty }.joined(separator: "\n")
        }

        private func loseEveryKeyring() async throws {
            for replica in replicas {
                for name in try await replica.objects("keyring/").keys { try await replica.delete(name) }
            }
        }

        @Test func bothPagesHoldWhatIsNeededAndNoCredentials() async throws {
            let pages = try await kit()
            let facts = replicas.flatMap { [$0.name, $0.server.endpoint, $0.server.bucket, $0.prefix] }
            let status = try await machine.run("status", "--json")
            let vault = try #require(status.summary["vault"] as? String)
            let signingKey = try #require(status.summary["signing_key"] as? String)
            for page in [pages.html, pages.text] {
                for fact in facts + [vault, signingKey, "photobackup kit verify"] {
                    #expect(page.contains(fact), "\(fact) is missing")
                }
                for replica in replicas { #expect(!page.contains(replica.server.secretAccessKey)) }
                #expect(!page.contains(Machine.password))
            }
            // As wide as a terminal: what a person reads there and copies, places and codes aside.
            let prose = pages.text.split(separator: "\n").filter { line in
                !line.contains("▀") && !replicas.contains { line.contains($0.server.endpoint) }
            }
            #expect(prose.allSatisfy { $0.count <= 80 }, "\(prose.filter { $0.count > 80 }.count)")
            for (number, word) in words.split(separator: " ").enumerated() {
                #expect(pages.text.contains(" \(number + 1) \(word)"))
            }
            #expect(
                pages.html.contains(
                    words.split(separator: " ").map { "<li>\($0)</li>" }.joined(separator: "\n")))
            // Nothing on the page is fetched from anywhere.
            #expect(
                !pages.html.contains("<script") && !pages.html.contains("src=")
                    && !pages.html.contains("url("))
        }

        @Test func nothingIsOverwritten() async throws {
            let file = machine.scratch("page.txt")
            try Data("mine".utf8).write(to: URL(filePath: file))
            let run = try await machine.run("kit", "--text", file, "--html", machine.scratch("page.html"))
            #expect(run.exitCode == 1 && run.error.contains("it is there already"), "\(run)")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
            #expect(!FileManager.default.fileExists(atPath: machine.scratch("page.html")))
        }

        /// A telephone's reader gets the words and the wrapped key from either page.
        @Test func theCodesCanBeRead() async throws {
            let pages = try await kit()
            let key = try await wrappedKeyLetters(pages.text)
            for drawings in [QRDrawing.inText(pages.text), QRDrawing.inHTML(pages.html)] {
                try #require(drawings.count == 2)
                #expect(try drawings[0].read(in: machine.scratch) == words)
                #expect(try drawings[1].read(in: machine.scratch) == key)
            }
        }

        private func wrappedKeyLetters(_ text: String) async throws -> String {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let start = try #require(lines.firstIndex { $0.hasPrefix("The wrapped key") })
            return lines[(start + 2)...].prefix { !$0.isEmpty }.joined().filter { $0 != " " }
        }

        @Test func theWordsOpenWhatIsLeftWhereEveryKeyringIsLost() async throws {
            let key = try await wrappedKey()
            try await loseEveryKeyring()
            let withWords = ["PHOTOBACKUP_RECOVERY_PHRASE": words]
            let without = try Machine([replicas[1]])
            let refused = try await without.run("snapshots", environment: withWords)
            #expect(refused.exitCode == 10 || refused.exitCode == 1, "\(refused)")

            // As typed from paper: small letters, in lines.
            let other = try Machine.unconfigured(replicas)
            let connected = try await other.run(
                "connect", "--endpoint", replicas[2].server.endpoint, "--region", replicas[2].server.region,
                "--bucket", replicas[2].server.bucket, "--prefix", replicas[2].prefix, "--words",
                "--wrapped-key", key.lowercased(), "--json",
                environment: withWords.merging([
                    "AWS_ACCESS_KEY_ID": replicas[2].server.accessKeyID,
                    "AWS_SECRET_ACCESS_KEY": replicas[2].server.secretAccessKey,
                ]) { $1 })
            #expect(connected.exitCode == 0, "\(connected)")
            #expect(connected.summary["providers"] as? [String] == replicas.map(\.name))
            let opened = withWords.merging(["PHOTOBACKUP_WRAPPED_KEY": key]) { $1 }
            for replica in replicas {
                try await other.expectRestore(of: original, "--from", replica.name, environment: opened)
            }

            // A new password makes a keyring again, and the vault is whole.
            let reset = try await other.run(
                "password", "reset", "--kdf-strength", "interactive",
                environment: opened.merging(["PHOTOBACKUP_NEW_PASSWORD": Machine.password]) { $1 })
            #expect(reset.exitCode == 0, "\(reset)")
            try await Machine([replicas[0]]).expectRestore(of: original, environment: Machine.withPassword)
            #expect(try await machine.run("verify", "--level", "decrypt").exitCode == 0)
        }

        @Test func whatDoesNotBelongTogetherOpensNothing() async throws {
            let key = try await wrappedKey()
            let others = try Machine(Replica.onThreeServers())
            let otherWords = try await others.initialise()
            let restore = ["restore", "Shoot", "--to", machine.scratch("out"), "--wrapped-key"]
            let letters = key.filter { !$0.isWhitespace }
            let wrong =
                String(letters.prefix(40)) + (letters.dropFirst(40).first == "A" ? "B" : "A")
                + letters.dropFirst(41)
            let wrongs: [(text: String, phrase: String, exitCode: Int32, message: String)] = [
                (key, otherWords, 12, "the words do not open it"),
                (wrong, words, 1, "a letter is wrong or out of place"),
                (String(letters.dropLast(3)), words, 1, "it is too short"),
            ]
            for (text, phrase, exitCode, message) in wrongs {
                let run = await machine.finish(
                    try machine.start(restore + [text], environment: ["PHOTOBACKUP_RECOVERY_PHRASE": phrase]))
                #expect(run.exitCode == exitCode && run.error.contains(message), "\(run)")
            }
            let elsewhere = await others.finish(
                try others.start(restore + [key], environment: ["PHOTOBACKUP_RECOVERY_PHRASE": words]))
            #expect(
                elsewhere.exitCode == 1 && elsewhere.error.contains("wrapped key is of vault"), "\(elsewhere)"
            )
            #expect(!FileManager.default.fileExists(atPath: machine.scratch("out")))
        }

        @Test func statusRemindsUntilTheKitWasTested() async throws {
            let reminder = "the emergency kit was never tested"
            #expect(try await machine.run("status").output.contains(reminder))
            let wrong = words.split(separator: " ").reversed().joined(separator: " ")
            let failed = try await machine.run(
                "kit", "verify", environment: ["PHOTOBACKUP_RECOVERY_PHRASE": wrong])
            #expect(failed.exitCode == 12, "\(failed)")
            #expect(try await replicas[0].objects("records/").isEmpty)

            let tested = try await machine.run(
                "kit", "verify", "--wrapped-key", try await wrappedKey(),
                environment: ["PHOTOBACKUP_RECOVERY_PHRASE": words])
            #expect(tested.exitCode == 0, "\(tested)")
            #expect(try await !machine.run("status").output.contains(reminder))
            #expect(try await machine.run("status", "--json").summary["kit_tested"] is String)
            // Another machine knows it too, and so does who has no key: of its place, not of what it says.
            let other = try Machine(replicas)
            #expect(
                try await !other.run("status", environment: Machine.withPassword).output.contains(reminder))
            let name = try #require(try await replicas[1].objects("records/").keys.first)
            try await replicas[1].delete(name)
            #expect(try await machine.run("verify").exitCode == 5)
            #expect(try await Machine(replicas).run("heal", "--keyless").exitCode == 0)
            #expect(try await machine.run("verify", "--level", "read").exitCode == 0)
        }
    }
}

/// A QR code as a page draws it.
private struct QRDrawing {
    /// Rows of squares, dark ones true.
    let rows: [[Bool]]

    /// The codes in a text of half blocks.
    static func inText(_ text: String) -> [QRDrawing] {
        var drawings: [QRDrawing] = []
        var lines: [[Character]] = []
        // A quiet line is empty, since no line ends with a space.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map({ Array($0) }) + [["."]]
        {
            if line.contains(where: { "█▀▄".contains($0) }) {
                lines.append(line)
            } else if !lines.isEmpty {
                let width = lines.map(\.count).max()!
                let padded = lines.map { $0 + Array(repeating: " ", count: width - $0.count) }
                drawings.append(
                    QRDrawing(
                        rows: padded.flatMap { line in
                            [line.map { "█▀".contains($0) }, line.map { "█▄".contains($0) }]
                        }))
                lines = []
            }
        }
        return drawings
    }

    /// The codes in a page's drawings, each a path of rectangles one square high: `M4 4h7v1h-7z`.
    static func inHTML(_ html: String) -> [QRDrawing] {
        html.matches(of: /viewBox="0 0 (\d+) \d+".*?<path d="([^"]*)"/).map { match in
            let side = Int(match.1)!
            var rows = Array(repeating: Array(repeating: false, count: side), count: side)
            for part in match.2.matches(of: /M(\d+) (\d+)h(\d+)v1h-\d+z/) {
                let (column, row, length) = (Int(part.1)!, Int(part.2)!, Int(part.3)!)
                for place in column..<column + length { rows[row][place] = true }
            }
            return QRDrawing(rows: rows)
        }
    }

    /// What a reader that is not ours makes of it.
    func read(in scratch: Scratch) throws -> String {
        let (scale, quiet) = (4, 4)
        let width = rows[0].count + 2 * quiet
        let blank = Array(repeating: [UInt8](repeating: 255, count: width * scale), count: quiet * scale)
        let drawn = rows.flatMap { row -> [[UInt8]] in
            let squares = Array(repeating: false, count: quiet) + row + Array(repeating: false, count: quiet)
            let line = squares.flatMap { [UInt8](repeating: $0 ? 0 : 255, count: scale) }
            return Array(repeating: line, count: scale)
        }
        let lines = blank + drawn + blank
        let file = scratch("code-\(UUID().uuidString).pgm")
        try Data(Array("P5 \(width * scale) \(lines.count) 255\n".utf8) + lines.joined()).write(
            to: URL(filePath: file))
        let reader = Process()
        let output = Pipe()
        reader.executableURL = URL(filePath: "/usr/bin/zbarimg")
        reader.arguments = ["--quiet", "--raw", file]
        reader.standardOutput = output
        reader.standardError = FileHandle.nullDevice
        try reader.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        reader.waitUntilExit()
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
