import CLinux
import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// `tools/photobackup_reader.py`, which was written from docs/FORMAT.md alone, reads what the program wrote.
    @Suite struct IndependentReaderTests {
        @Test func theWordsAloneGiveEverythingBack() async throws {
            let vault = try await ReadableVault(Self.everyKindOfEntry)
            for place in [vault.inDirectory, vault.inBucket] {
                let snapshots = try await vault.read(["list"] + place)
                #expect(snapshots.exitCode == 0 && snapshots.output.hasPrefix("Shoot\n  20"), "\(snapshots)")
                let files = try await vault.read(["list", "Shoot"] + place)
                #expect(files.exitCode == 0, "\(files)")
                #expect(files.output.split(separator: "\n").count == vault.original.items.count, "\(files)")

                let (run, extracted) = try await vault.extract(from: place)
                #expect(run.exitCode == 0, "\(run)")
                let record = try FolderRecord(extracted + "/shoot")
                #expect(record.differences(from: vault.original) == [])
            }
        }

        @Test func aPartComesBackAndWhatIsThereStays() async throws {
            let vault = try await ReadableVault { shoot in
                try shoot.makeFolder("raw").write([1], to: "a.nef")
                try shoot.write([2], to: "raw-converter.txt")
            }
            let (part, extracted) = try await vault.extract("shoot/raw")
            #expect(part.exitCode == 0, "\(part)")
            #expect(
                try FolderRecord(extracted).items.keys.map { String(decoding: $0, as: UTF8.self) }.sorted()
                    == ["", "shoot", "shoot/raw", "shoot/raw/a.nef"])

            let (missing, _) = try await vault.extract("shoot/raw", "shoot/none")
            #expect(missing.exitCode == 1, "\(missing)")
            #expect(missing.error.contains("failed: shoot/none: it is not in the snapshot\n"), "\(missing)")

            // A file of the same name stays, and a link is not followed.
            let mine = try vault.machine.scratch.folder("mine/shoot")
            try mine.write([7], to: "raw-converter.txt")
            let elsewhere = try vault.machine.scratch.folder("elsewhere")
            try mine.link("raw", to: elsewhere.path)
            let again = try await vault.read(
                ["extract", "Shoot", "--to", vault.machine.scratch("mine")] + vault.inDirectory)
            #expect(again.exitCode == 1, "\(again)")
            for name in ["raw", "raw/a.nef", "raw-converter.txt"] {
                #expect(again.error.contains("failed: shoot/\(name): "), "\(again)")
            }
            #expect(try names(in: elsewhere.path) == [])
            #expect(try Data(contentsOf: URL(filePath: mine.text + "/raw-converter.txt")) == Data([7]))
        }

        @Test func ofTwoMachinesTheOneThatIsNamedIsRead() async throws {
            let vault = try await ReadableVault { try $0.write([1], to: "a.jpg") }
            let laptop = try vault.secondMachine(named: "laptop") { try $0.write([2], to: "b.jpg") }
            // A snapshot's name tells the time to a second.
            try await Task.sleep(for: .seconds(1.1))
            let run = try await laptop.run("backup", environment: Machine.withPassword)
            #expect(run.exitCode == 0, "\(run)")

            let newest = try await vault.read(["list", "Shoot"] + vault.inDirectory)
            #expect(newest.exitCode == 0 && newest.error.contains("--host chooses"), "\(newest)")
            let named = try await vault.read(["list", "Shoot", "--host", "laptop"] + vault.inDirectory)
            #expect(named.exitCode == 0 && named.output.contains("photos/b.jpg"), "\(named)")
            #expect(!named.output.contains("a.jpg"), "\(named)")
            let nobody = try await vault.read(["list", "Shoot", "--host", "tower"] + vault.inDirectory)
            #expect(nobody.exitCode == 1, "\(nobody)")
        }

        @Test func aFlippedBitIsNamedAndTheRestComesBack() async throws {
            let vault = try await ReadableVault { shoot in
                try shoot.write(randomBytes(10 << 20), to: "large.nef")
                try shoot.write(randomBytes(1000), to: "small.jpg")
            }
            let pack = try #require(try vault.objects("packs").max { $0.value < $1.value }).key
            try vault.damage(pack)
            let (run, extracted) = try await vault.extract()
            #expect(run.exitCode == 1, "\(run)")
            #expect(run.error.contains("damaged: \(pack): its bytes have not the hash"), "\(run)")
            #expect(run.error.contains("failed: shoot/large.nef: \(pack) from byte "), "\(run)")
            let differences = try FolderRecord(extracted + "/shoot").differences(from: vault.original)
            #expect(
                differences.count == 1 && differences[0].hasPrefix("large.nef: nothing instead of "),
                "\(differences)")
            // The other replica is whole.
            let (whole, _) = try await vault.extract(from: vault.inBucket)
            #expect(whole.exitCode == 0, "\(whole)")
        }

        @Test func anOlderSnapshotAndAnOlderKeyringDo() async throws {
            let vault = try await ReadableVault { try $0.write([1], to: "a.jpg") }
            let first = try #require(try vault.objects("snapshots").keys.first)
            try vault.shoot.write([2], to: "b.jpg")
            try await vault.machine.archive(vault.shoot)
            let newest = try #require(try vault.objects("snapshots").keys.max())
            try vault.damage(newest)
            let planted = Array("not JSON".utf8)
            let keyring = "keyring/0000000002-\(SHA256.hash(planted).hex).json"
            try vault.plant(planted, as: keyring)

            let (run, extracted) = try await vault.extract()
            #expect(run.exitCode == 1, "\(run)")
            #expect(run.error.contains("passed over \(keyring): "), "\(run)")
            #expect(
                run.error.contains("failed: a snapshot: \(newest): its bytes have not the hash"), "\(run)")
            // Of two snapshots of one second, the first may be the newest by its name.
            let left = try names(in: Array("\(extracted)/shoot".utf8)).map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(left.sorted() == (newest == first ? ["a.jpg", "b.jpg"] : ["a.jpg"]))
        }

        @Test func onlyTheRightSecretOpens() async throws {
            let vault = try await ReadableVault { try $0.write([1], to: "a.jpg") }
            let list = ["list"] + vault.inDirectory
            let password = try await vault.read(list, secrets: Machine.withPassword)
            #expect(password.exitCode == 0, "\(password)")
            let piped = try await vault.read(
                list, secrets: ["WORDS": vault.words.uppercased()],
                launcher: ["/bin/sh", "-c", "printf '%s\\n' $WORDS | \"$@\"", "sh"])
            #expect(piped.exitCode == 0 && piped.output == password.output, "\(piped)")

            let others = try await ReadableVault { try $0.write([1], to: "a.jpg") }.words
            let words = vault.words.split(separator: " ")
            let wrong = [
                "PHOTOBACKUP_PASSWORD=a wrong guess": "the password is wrong",
                "PHOTOBACKUP_RECOVERY_PHRASE=\(others)": "no keyring can be opened",
                "PHOTOBACKUP_RECOVERY_PHRASE=\(words.dropLast().joined(separator: " "))":
                    "23 words instead of 24",
                "PHOTOBACKUP_RECOVERY_PHRASE=\([String](repeating: "zoo", count: 24).joined(separator: " "))":
                    "these are not the words",
                "PHOTOBACKUP_RECOVERY_PHRASE=\((["zzz"] + words.dropFirst()).joined(separator: " "))":
                    "word 1 is none of BIP39's",
            ]
            for (secret, why) in wrong {
                let parts = secret.split(separator: "=", maxSplits: 1).map(String.init)
                let run = try await vault.read(list, secrets: [parts[0]: parts[1]])
                #expect(run.exitCode == 1 && run.output.isEmpty && run.error.contains(why), "\(run)")
                #expect(!run.error.contains(parts[1]), "\(run)")
            }
        }

        @Test func theOldPasswordIsRefusedBesideTheNewKeyring() async throws {
            let vault = try await ReadableVault { try $0.write([1], to: "a.jpg") }
            let new = "a new one, 9 words long or so"
            vault.machine.guardSecret(new)
            let change = try await vault.machine.run(
                "password", "change", "--kdf-strength", "interactive",
                environment: ["PHOTOBACKUP_NEW_PASSWORD": new])
            #expect(change.exitCode == 0, "\(change)")
            let old = try await vault.read(["list"] + vault.inDirectory, secrets: Machine.withPassword)
            #expect(old.exitCode == 1 && old.error.contains("the password was changed"), "\(old)")
            let opened = try await vault.read(
                ["list"] + vault.inDirectory, secrets: ["PHOTOBACKUP_PASSWORD": new])
            #expect(opened.exitCode == 0, "\(opened)")
        }

        /// Whoever may write to a replica can put something beside what is right.
        @Test(arguments: [
            "sound", "keyrings that anybody wrote", "200 keyrings that anybody wrote",
            "a pipe among the keyrings", "a link among the keyrings",
        ])
        func aVaultWithNothingWrongIsExtracted(beside: String) async throws {
            let scratch = try Scratch()
            let (run, extracted) = try await extractHostile(beside, in: scratch)
            #expect(run.exitCode == 0, "\(run)")
            #expect(try FolderRecord(extracted).items.count == 3)
        }

        /// Vaults with valid seals and signatures in which one thing is not as docs/FORMAT.md has it.
        @Test(arguments: [
            "a path up": "its path is none below a folder",
            "a path up from the start": "its path is none below a folder",
            "an absolute path": "its path is none below a folder",
            "a file through a link": "failed: shoot/evil: ",
            "a file of an unknown kind": "its kind is 4",
            "a file of another size": "bytes instead of",
            "content on a folder": "it is no file, and has content",
            "paths out of order": "its paths are not in order",
            "a page with an entry too few": "it is another page than the snapshot tells",
            "a content chunk without its end": "a sealed chunk without its end",
            "a page in a content chunk's place": "its seal is broken",
            "a message behind the last one": "its seal is broken",
            "a frame that gives more": "its frame has another size than the reference",
            "a frame that hides its size and gives more": "did not decompress full frame",
            "other content under a chunk's id": "it is other content",
            "a keyring of a later format": "its format is 2",
            "a keyring that costs too much": "its 65 passes over 67108864 bytes are out of bounds",
            "another signing key in the keyring": "its signing keys are no pair",
            "a field added to the keyring": "its MAC does not match",
            "a field twice": "a field of it stands there twice",
            "a field whose name is not ASCII": "the name of a field is not ASCII",
            "a keyring under another sequence": "it is another keyring than its name says",
            "a snapshot of a later format": "its format is 2",
            "a snapshot of another vault": "it belongs to another vault",
            "a snapshot of another collection": "it belongs to another collection",
            "another's signature": "Signature was forged or corrupt",
            "a snapshot with a field more": "it is not written in the canonical way",
            "a snapshot under a later time": "tell different times",
            "a snapshot under another hash": "its bytes have not the hash in its name",
        ])
        func whatTheFormatForbidsIsRefused(wrong: String, why: String) async throws {
            let scratch = try Scratch()
            let (run, _) = try await extractHostile(wrong, in: scratch)
            #expect(run.exitCode == 1, "\(run)")
            #expect(run.error.contains(why), "\(run)")
            // The name that every hostile file has is nowhere: neither in the target nor around it.
            let around = try FolderRecord(scratch.path)
            #expect(!around.items.keys.contains { $0.suffix(4) == Array("evil".utf8) })
        }

        /// Lists that would be asked for again and again.
        @Test(arguments: [
            "<Contents><Key>keyring/a</Key></Contents><NextContinuationToken>t</NextContinuationToken>",
            "<NextContinuationToken>t</NextContinuationToken>",
        ])
        func aListWithoutAnEndIsRefused(page: String) async throws {
            let server = try ScriptedServer([
                .answer(200, body: "<ListBucketResult>\(page)</ListBucketResult>")
            ])
            let run = try await Reader.start(
                ["list", "--bucket", "b", "--endpoint", server.endpoint],
                environment: [
                    "PHOTOBACKUP_PASSWORD": "x", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                ]
            ).finish()
            #expect(run.exitCode == 1 && run.error.contains("its list of names does not end"), "\(run)")
        }

        /// Has a vault forged, and extracts it.
        private func extractHostile(_ wrong: String, in scratch: Scratch) async throws -> (ProgramRun, String)
        {
            let vault = try scratch.folder("vault").text
            let script = try #require(Bundle.module.url(forResource: "hostile_vault", withExtension: "py"))
            let forged = try await RunningProgram(
                [script.path, Reader.tools.path, wrong, vault], program: Python.path
            ).finish()
            try #require(forged.exitCode == 0, "\(forged)")
            let extracted = scratch("extracted")
            let run = try await Reader.start(
                ["extract", "Shoot", "--to", extracted, "--directory", vault],
                environment: ["PHOTOBACKUP_RECOVERY_PHRASE": forged.output]
            ).finish()
            return (run, extracted)
        }

        private static func everyKindOfEntry(in shoot: Folder) throws {
            try shoot.write([], to: "empty.xmp")
            try shoot.makeFolder("empty").makeFolder("emptier")
            let below = try shoot.makeFolder("raw").makeFolder("2026").makeFolder("11")
            try below.write(randomBytes(10 << 20), to: "large.nef")
            try shoot.write(Array(String(repeating: "a caption, ", count: 500_000).utf8), to: "captions.txt")
            // More chunks than an entry has references to; they are all alike.
            try shoot.writeHole("catalog.lrcat", byteCount: (65 << 20) + 1)
            try shoot.write(Array("#!/bin/sh\n".utf8), to: "import.sh")
            try shoot.setMode("import.sh", 0o755)
            try shoot.setModified("import.sh", seconds: 1_700_000_000, nanoseconds: 123_456_789)
            try shoot.write([1], to: "before-1970.jpg")
            try shoot.setModified("before-1970.jpg", seconds: -86_400, nanoseconds: 999_999_999)
            let odd: [[UInt8]] = [
                Array("Z\u{fc}rich.jpg".utf8), Array("Zu\u{308}rich.jpg".utf8),
                Array("\u{1f4f7} two  words .jpg".utf8),
                Array("line\nend.jpg".utf8), Array("\u{1b}[31mred.jpg".utf8), Array("-n".utf8),
                Array("$(touch x)'\"\\.jpg".utf8), [0xff, 0xfe, 0x80],
                [UInt8](repeating: UInt8(ascii: "n"), count: 255),
            ]
            for (number, name) in odd.enumerated() { try shoot.write([UInt8(number)], to: name) }
            try shoot.link("relative", to: Array("raw/2026".utf8))
            try shoot.setModified("relative", seconds: 1_600_000_000, nanoseconds: 1)
            try shoot.link("dangling", to: Array("/no/such/file".utf8))
            try shoot.link("bytes", to: [0xff, 0x0a])
            try shoot.makeFolder("closed").write([4], to: "inside")
            try shoot.setMode("closed", 0o500)
            try shoot.setModified("closed", seconds: 1_500_000_000, nanoseconds: 5)
        }
    }
}
