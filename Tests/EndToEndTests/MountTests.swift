import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import SoakTesting
import Synchronization
import Testing

extension EndToEnd {
    /// Snapshots as folders, read from three servers.
    @Suite struct MountTests {
        @Test func everythingIsThereAsItWas() async throws {
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            try await machine.archive(shoot)
            let first = try FolderRecord(shoot.text)
            try Self.fill(shoot)
            try await machine.archive(shoot)
            let second = try FolderRecord(shoot.text)

            try await machine.withMount { (mount) async throws in
                #expect(try await mount.names() == ["Shoot"])
                let snapshots = try await mount.names("Shoot")
                #expect(snapshots.count == 3 && snapshots.last == "latest", "\(snapshots)")
                let oldest = try await mount.record("Shoot/\(snapshots[0])/shoot")
                #expect(oldest.differences(from: first.withoutWriting) == [])
                let latest = try await mount.record("Shoot/latest/shoot")
                #expect(latest.differences(from: second.withoutWriting) == [])
                // Once more, of what the kernel has kept of it.
                let again = try await mount.record("Shoot/\(snapshots[1])/shoot")
                #expect(again.differences(from: second.withoutWriting) == [])
                await #expect(throws: POSIXError(ENOENT)) { try await mount.read("Shoot/latest/shoot/none") }
                await #expect(throws: POSIXError(ENOTDIR)) {
                    try await mount.read("Shoot/latest/shoot/a.jpg/below")
                }
            }
        }

        /// All that a shoot can hold.
        private static func fill(_ folder: Folder) throws {
            try folder.write(randomBytes(37_000_001), to: "large.nef")
            try folder.write([UInt8](repeating: 7, count: 9_000_000), to: "compressible.tif")
            try folder.write([], to: "empty.xmp")
            try folder.write(randomBytes(700_000), to: "catalog.lrcat")
            try folder.write([2], to: [0xff, 0xfe, 0x0a, 0x20])
            try folder.write([3], to: [UInt8](repeating: UInt8(ascii: "n"), count: 255))
            try folder.link("link", to: Array("sub/deep/x.jpg".utf8))
            try folder.link("dangling", to: [0xff, 0x0a])
            let deep = try folder.makeFolder("sub").makeFolder("deep")
            try deep.write([4], to: "x.jpg")
            try folder.write([5], to: "sub.jpg")
            try folder.makeFolder("none in it")
            let many = try folder.makeFolder("many")
            for number in 1...1500 { try many.write([UInt8(number % 251)], to: "DSC_\(number).jpg") }
            try folder.setAttribute("user.xdg.tags", "wedding,best".utf8, of: "empty.xmp")
            try folder.setMode("empty.xmp", 0o640)
            try folder.setModified("empty.xmp", seconds: -86_400, nanoseconds: 999_999_999)
            try folder.setModified("link", seconds: 1_600_000_000, nanoseconds: 1)
        }

        @Test func anyPartIsRead() async throws {
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let shoot = try machine.scratch.folder("shoot")
            let content = randomBytes(30_000_017)
            try shoot.write(content, to: "a.nef")
            try await machine.archive(shoot)

            let chunk = 4 << 20
            var parts: [Range<Int>] = []
            for border in stride(from: chunk, to: content.count, by: chunk) {
                parts += [border - 1..<border + 1, border..<border + 1, border - 70_001..<border + 70_001]
            }
            var random = SeededGenerator(seed: 20)
            for _ in 0..<60 {
                let start = Int.random(in: 0..<content.count, using: &random)
                parts.append(start..<min(content.count, start + Int.random(in: 1...200_000, using: &random)))
            }
            parts.append(chunk - 5..<3 * chunk + 5)
            try await machine.withMount { mount in
                for part in parts.shuffled(using: &random) {
                    let read = try await mount.read(
                        "Shoot/latest/shoot/a.nef", at: part.lowerBound, byteCount: part.count)
                    #expect(read == Array(content[part]), "\(part)")
                }
                let end = try await mount.read(
                    "Shoot/latest/shoot/a.nef", at: content.count - 3, byteCount: 100)
                #expect(end == content.suffix(3))
                let behind = try await mount.read(
                    "Shoot/latest/shoot/a.nef", at: content.count, byteCount: 100)
                #expect(behind == [])
            }
        }

        @Test func nothingCanBeWritten() async throws {
            let vault = try await ShootVault()
            try await vault.machine.withMount { mount in
                let folder = "\(mount.path)/Shoot/latest/shoot"
                let attempts: [(String, @Sendable () -> CInt)] = [
                    ("write", { open("\(folder)/a.jpg", O_WRONLY) }),
                    ("create", { open("\(folder)/new", O_WRONLY | O_CREAT, 0o644) }),
                    ("folder", { mkdir("\(folder)/new", 0o755) }), ("unlink", { unlink("\(folder)/a.jpg") }),
                    ("rename", { rename("\(folder)/a.jpg", "\(folder)/b.jpg") }),
                    ("mode", { chmod("\(folder)/a.jpg", 0o777) }),
                    ("top", { mkdir("\(mount.path)/new", 0o755) }),
                ]
                for (name, attempt) in attempts {
                    let (result, number) = await blocking { (attempt(), errno) }
                    #expect(result == -1 && number == EROFS, "\(name): \(result), \(number)")
                }
            }
            try await vault.machine.expectRestore(of: vault.original)
        }

        @Test func oneSnapshotOrOneCollectionAlone() async throws {
            let vault = try await ShootVault()
            let other = try vault.machine.scratch.folder("other")
            try other.write([9], to: "z.jpg")
            let run = try await vault.machine.run("archive", other.text, "--as", "a/b", "--json")
            let snapshot = try #require(run.summary["snapshot_id"] as? String)
            let digits = String(try #require(snapshot.split(separator: "-").last).prefix(8))

            try await vault.machine.withMount { (mount) async throws in
                #expect(try await mount.names() == ["Shoot", "a_b"])
            }
            try await vault.machine.withMount("--collection", "Shoot") { (mount) async throws in
                #expect(try await mount.names() == ["Shoot"])
            }
            try await vault.machine.withMount("--snapshot", digits) { (mount) async throws in
                #expect(try await mount.names() == ["a_b"])
                #expect(try await mount.names("a_b").count == 2)
                #expect(try await mount.read("a_b/latest/other/z.jpg") == [9])
            }
        }

        // MARK: - Providers that fail

        @Test func readsGoOnWithoutTheNearestAndFailWithoutAny() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            let content = randomBytes(30_000_000)
            try shoot.write(content, to: "a.nef")
            try shoot.write(randomBytes(20_000_000), to: "b.nef")
            try await machine.archive(shoot)
            let ways = try Self.lead(machine, to: replicas) { _ in .none }

            let run = try await machine.withMount("--from", replicas[0].name) { mount in
                let begin = try await mount.read("Shoot/latest/shoot/a.nef", byteCount: 1_000_000)
                #expect(begin == Array(content[..<1_000_000]))
                #expect(ways[0].requests.contains { $0.hasPrefix("GET") && $0.contains("/packs/") })
                ways[0].close()
                #expect(try await mount.read("Shoot/latest/shoot/a.nef") == content)
                for way in ways { way.close() }
                await #expect(throws: POSIXError(EIO)) { try await mount.read("Shoot/latest/shoot/b.nef") }
                // What is known of the tree is there still.
                #expect(try await mount.names("Shoot/latest/shoot") == ["a.nef", "b.nef"])
            }
            #expect(run.error.contains("shoot/b.nef: cannot be read: "), "\(run)")
        }

        /// A provider that failed is asked again, however long the mount goes on.
        @Test func whatWasAwayIsReadOnceItIsBack() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            // Of a database's many chunks, enough requests fail for the providers to be left alone.
            let chunk = 256 << 10
            let content = randomBytes(40 * chunk)
            try shoot.write(content, to: "catalog.lrcat")
            try await machine.archive(shoot)
            let areAway = Mutex(false)
            let ways = try Self.lead(machine, to: replicas) { _ in
                areAway.withLock { $0 } ? .answer(.answer(503)) : .none
            }
            defer { for way in ways { way.close() } }
            try await machine.withMount { (mount) async throws in
                let file = "Shoot/latest/shoot/catalog.lrcat"
                #expect(try await mount.read(file, byteCount: 1) == [content[0]])
                areAway.withLock { $0 = true }
                await withTaskGroup(of: Void.self) { group in
                    for place in 5..<40 {
                        group.addTask {
                            await #expect(throws: POSIXError(EIO)) {
                                try await mount.read(file, at: place * chunk, byteCount: 1)
                            }
                        }
                    }
                }
                areAway.withLock { $0 = false }
                let back = ContinuousClock.now
                var read: [UInt8]?
                while read == nil, back.duration(to: .now) < Self.patience {
                    read = try? await mount.read(file)
                }
                #expect(read == content)
            }
        }

        /// Wrong bytes never come out: another replica has the right ones.
        @Test func damagedPacksAtTheNearestAreGoneRound() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...3 { try shoot.write(randomBytes(7_000_000), to: "\(number).nef") }
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            let packs = try await replicas[0].packs().keys.sorted()
            try await Damage.changed.apply(to: packs, of: replicas[0])
            for name in packs.dropLast() { try await replicas[1].delete(name) }

            try await machine.withMount("--from", replicas[0].name) { mount in
                let record = try await mount.record("Shoot/latest/shoot")
                #expect(record.differences(from: original.withoutWriting) == [])
            }
            // And where none has them right, an error is what comes.
            try await Damage.swapped.apply(to: packs, of: replicas[0])
            for replica in replicas[1...] {
                for name in try await replica.packs().keys { try await replica.delete(name) }
            }
            try await machine.withMount { mount in
                for number in 1...3 {
                    await #expect(throws: POSIXError(EIO)) {
                        try await mount.read("Shoot/latest/shoot/\(number).nef")
                    }
                }
            }
        }

        /// As after a prune of a snapshot that was forgotten meanwhile.
        @Test func packsThatWereDeletedMeanwhileAreNamed() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(1_000_000), to: "a.nef")
            try await machine.archive(shoot)
            let run = try await machine.withMount { (mount) async throws in
                #expect(try await mount.names("Shoot/latest/shoot") == ["a.nef"])
                for replica in replicas {
                    for name in try await replica.packs().keys { try await replica.delete(name) }
                }
                await #expect(throws: POSIXError(EIO)) { try await mount.read("Shoot/latest/shoot/a.nef") }
            }
            #expect(run.error.contains("a prune deletes what only forgotten snapshots hold"), "\(run)")
        }

        /// Lets the machine reach its replicas through proxies, which do this to requests.
        private static func lead(
            _ machine: Machine, to replicas: [Replica],
            fault: @escaping @Sendable (HTTPMessage) -> FaultProxy.Fault
        ) throws -> [FaultProxy] {
            let ways = try replicas.map { try FaultProxy(to: $0.server) { _, request in fault(request) } }
            let endpoints = Dictionary(uniqueKeysWithValues: ways.enumerated().map { ($0, $1.endpoint) })
            try machine.configure(replicas.configuration(reaching: endpoints))
            return ways
        }

        /// Less than silent providers are waited for: more than a minute.
        private static let patience = Duration.seconds(45)

        // MARK: - Ends

        @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
        func aSignalUnmountsWhatIsInUse(signal: CInt) async throws {
            let vault = try await ShootVault()
            var descriptor: CInt = -1
            try await vault.machine.withMount(ending: signal) { mount in
                descriptor = await blocking { open("\(mount.path)/Shoot/latest/shoot/a.jpg", O_RDONLY) }
                #expect(descriptor >= 0)
            }
            var byte: UInt8 = 0
            #expect(read(descriptor, &byte, 1) == -1 && [ENOTCONN, ECONNABORTED].contains(errno))
            close(descriptor)
        }

        @Test func unmountingEndsTheProgram() async throws {
            let vault = try await ShootVault()
            try await vault.machine.withMount(ending: nil) { (mount) async throws in
                #expect(try await mount.names() == ["Shoot"])
                let unmount = try RunningProgram(["-u", mount.path], program: "/usr/bin/fusermount3")
                #expect(await unmount.exitCode() == 0)
            }
        }

        /// Providers that take requests and say nothing hold up neither each other's readers nor the end.
        @Test func aReadThatWaitsEndsWithTheMount() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(60_000_000), to: "a.nef")
            try await machine.archive(shoot)
            let (asked, askedOnce) = AsyncStream<Void>.makeStream()
            let answersLeft = Mutex(4)
            let ways = try Self.lead(machine, to: replicas) { request in
                guard request.target.contains("/packs/") else { return .none }
                // When chunks are fetched ahead of the reader already.
                let isLast = answersLeft.withLock { left in
                    left -= 1
                    return left < 0
                }
                guard isLast else { return .none }
                askedOnce.yield()
                return .stalled(afterBodyBytes: 0)
            }
            defer { for way in ways { way.close() } }
            try await machine.withMount(ending: nil) { (mount) async throws in
                let reading = Task { try await mount.read("Shoot/latest/shoot/a.nef") }
                for await _ in asked { break }
                // Others go on meanwhile.
                #expect(try await mount.names("Shoot/latest/shoot") == ["a.nef"])
                mount.program.send(SIGTERM)
                let ended = ContinuousClock.now
                await #expect(throws: POSIXError.self) { try await reading.value }
                #expect(ended.duration(to: .now) < Self.patience)
            }
        }

        /// A program that waits for a silent provider can be killed: its request is withdrawn and answered.
        @Test func whoLooksCanBeKilled() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.nef")
            try await machine.archive(shoot)
            let (asked, askedOnce) = AsyncStream<Void>.makeStream()
            let ways = try Self.lead(machine, to: replicas) { request in
                guard request.method == "GET", request.target.contains("/meta/") else { return .none }
                askedOnce.yield()
                return .stalled(afterBodyBytes: 0)
            }
            defer { for way in ways { way.close() } }
            try await machine.withMount { (mount) async throws in
                let looking = try RunningProgram(
                    ["\(mount.path)/Shoot/latest/"], program: "/usr/bin/ls")
                for await _ in asked { break }
                looking.send(SIGKILL)
                let killed = ContinuousClock.now
                let run = await looking.finish()
                #expect(run.exitCode == -SIGKILL, "\(run)")
                #expect(killed.duration(to: .now) < Self.patience)
            }
        }

        /// What a killed program leaves is told, with what takes it away.
        @Test func afterAKillTheFolderIsRefusedUntilItIsUnmounted() async throws {
            let vault = try await ShootVault()
            let path = try vault.machine.scratch.folder("mount").text
            let killed = try vault.machine.start(["mount", path])
            defer { umount2(path, CInt(MNT_DETACH)) }
            let said = await killed.nextOutput()
            killed.send(SIGKILL)
            let end = await vault.machine.finish(killed)
            #expect(end.exitCode == -SIGKILL, "\(said)\(end)")
            let refused = try await vault.machine.run("mount", path)
            #expect(refused.exitCode == 64 && refused.error.contains("fusermount3 -u \(path)"), "\(refused)")
            let unmount = try RunningProgram(["-u", path], program: "/usr/bin/fusermount3")
            #expect(await unmount.exitCode() == 0)
            try await vault.machine.withMount { (mount) async throws in
                #expect(try await mount.names() == ["Shoot"])
            }
        }

        @Test func withoutTheDeviceItSaysWhatToDo() async throws {
            let vault = try await ShootVault()
            let path = try vault.machine.scratch.folder("mount").text
            let hidden = "mount -t tmpfs none /dev && exec \"$@\""
            let run = try await vault.machine.run(
                "mount", path,
                launcher: ["/usr/bin/unshare", "--map-root-user", "--mount", "/bin/sh", "-c", hidden, "sh"])
            #expect(run.exitCode == 1, "\(run)")
            #expect(
                run.error.contains("no /dev/fuse") && run.error.contains("\nhint: install the package fuse3"),
                "\(run)")
        }

        @Test func whatIsNoEmptyFolderIsRefused() async throws {
            let vault = try await ShootVault()
            let folder = try vault.machine.scratch.folder("full")
            try folder.write([1], to: "file")
            for path in [folder.text, "\(folder.text)/file", "\(folder.text)/none"] {
                let run = try await vault.machine.run("mount", path)
                #expect(run.exitCode == 64 && run.error.contains("\nhint: "), "\(run)")
                #expect(!isMounted(path))
            }
            let empty = try vault.machine.scratch.folder("empty").text
            for options in [["--snapshot", "ffffffff"], ["--collection", "None"]] {
                let run = await vault.machine.finish(
                    try vault.machine.start(["mount", empty, "--json"] + options))
                #expect(run.exitCode == 1, "\(run)")
                #expect(!isMounted(empty))
            }
        }
    }
}
