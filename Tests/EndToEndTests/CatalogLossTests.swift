import Crypto
import Foundation
import ProgramTesting
import SoakTesting
import Testing

extension EndToEnd {
    /// A catalog is a memory, and nothing that stands in the way: whatever becomes of it, what reads goes on, and a backup
    /// sets it aside.
    @Suite struct CatalogLossTests {
        enum Damage: String, CaseIterable, CustomTestStringConvertible {
            case cut, emptied, noise, pages, folder, linkToItself
            var testDescription: String { rawValue }

            func strike(_ catalog: String) throws {
                for log in ["-wal", "-shm"] { unlink(catalog + log) }
                var bytes = [UInt8](try Data(contentsOf: URL(filePath: catalog)))
                switch self {
                case .cut: bytes.removeSubrange(5000...)
                case .emptied: bytes = []
                case .noise: bytes = randomBytes(100_000)
                case .pages: bytes.replaceSubrange(5 * 4096..<13 * 4096, with: randomBytes(8 * 4096))
                case .folder, .linkToItself:
                    try FileManager.default.removeItem(atPath: catalog)
                    if self == .folder {
                        try FileManager.default.createDirectory(
                            atPath: catalog, withIntermediateDirectories: false)
                    } else {
                        _ = try check("symlink", symlink(catalog, catalog))
                    }
                    return
                }
                try Data(bytes).write(to: URL(filePath: catalog))
            }
        }

        private static let reading = [
            ["snapshots"], ["ls", "Shoot"], ["find", "Shoot"], ["status"], ["verify", "--level", "read"],
            ["diff", "Shoot"], ["safe-to-format", "SHOOT"], ["restore", "Shoot", "--to", "RESTORED"],
            ["backup", "-n"], ["provider", "list"],
        ]

        /// The arguments on this machine.
        private static func arguments(_ words: [String], _ machine: Machine) -> [String] {
            words.map { word in
                switch word {
                case "SHOOT": machine.scratch("shoot")
                case "RESTORED": machine.scratch("restored-\(UUID().uuidString)")
                default: word
                }
            }
        }

        @Test(arguments: Damage.allCases)
        func aDamagedOneStopsNothing(_ damage: Damage) async throws {
            let machine = try await Machine.onFolders()
            let catalog = try machine.catalog
            try damage.strike(catalog)
            let before = try? Data(contentsOf: URL(filePath: catalog))
            for words in Self.reading {
                let run = await machine.finish(try machine.start(Self.arguments(words, machine)))
                #expect(run.exitCode == 0, "\(words): \(run)")
                #expect(run.warnings(of: "catalog: ") == 1, "\(words): \(run)")
            }
            // What SQLite can still open it may write to; nothing else is touched.
            if damage != .pages {
                #expect((try? Data(contentsOf: URL(filePath: catalog))) == before)
            }
            let doctor = try await machine.run("doctor")
            #expect(
                doctor.exitCode == 1 && doctor.output.contains("PROBLEM state folder: \(catalog)"),
                "\(doctor)")

            let backup = try await machine.run("backup")
            #expect(backup.exitCode == 0 && backup.warnings(of: "catalog: ") == 1, "\(backup)")
            let names = try FileManager.default.contentsOfDirectory(atPath: machine.vaultState)
            let aside = try #require(names.first { $0.hasPrefix("catalog.sqlite.damaged-") })
            #expect(backup.error.contains(aside) && backup.error.contains("Lost with it"), "\(backup)")
            #expect(!names.contains("catalog.sqlite.is-damaged"))
            for words in Self.reading.prefix(5) + [["backup"]] {
                let run = await machine.finish(try machine.start(Self.arguments(words, machine)))
                #expect(run.exitCode == 0 && run.error == "", "\(words): \(run)")
            }
        }

        /// An auditor has no backup that would set it aside.
        @Test func anAuditorsIsMadeAnew() async throws {
            let machine = try await Machine.onFolders()
            let key = try #require(
                try await machine.run("status", "--json").summary["signing_key"] as? String)
            #expect(try await machine.run("verify", "--keyless", "--signing-key", key).exitCode == 0)
            try Damage.cut.strike("\(machine.vaultState)/keyless.sqlite")
            let first = try await machine.run("verify", "--keyless")
            #expect(first.exitCode == 0 && first.error.contains("keyless.sqlite.damaged-"), "\(first)")
            let second = try await machine.run("verify", "--keyless")
            #expect(second.exitCode == 0 && second.error == "", "\(second)")
        }

        /// Damage that shows only where somebody reads.
        @Test(arguments: 1...6)
        func aPageThatIsDamagedStopsNothing(seed: UInt64) async throws {
            let machine = try await Machine.onFolders(fileCount: 200)
            let catalog = try machine.catalog
            var random = SeededGenerator(seed: seed)
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: catalog)))
            let page = Int.random(in: 1..<bytes.count / 4096, using: &random)
            for place in page * 4096..<(page + 1) * 4096 {
                bytes[place] = .random(in: 0...255, using: &random)
            }
            try Data(bytes).write(to: URL(filePath: catalog))
            for words in [["ls", "Shoot"], ["verify"], ["status"], ["backup"], ["ls", "Shoot"], ["backup"]] {
                let run = try await machine.finish(machine.start(words))
                #expect(run.exitCode == 0, "page \(page): \(words): \(run)")
                guard words.first == "ls" else { continue }
                #expect(run.output.split(separator: "\n").count == 201, "page \(page): \(run)")
            }
        }

        /// How a state folder comes to be one that nothing can be written to.
        enum Obstacle: String, CaseIterable, CustomTestStringConvertible {
            case full, readOnly
            var testDescription: String { rawValue }

            /// In a mount namespace of its own, with the folder as `$0` and the program after it.
            var script: String {
                switch self {
                case .full:
                    """
                    mkdir "$0.small" && mount -t tmpfs -o size=2m none "$0.small" && cp -a "$0/." "$0.small" \
                    && { cat /dev/zero > "$0.small/fill" 2>/dev/null; mount --bind "$0.small" "$0"; } && exec "$@"
                    """
                case .readOnly: "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\""
                }
            }

            var reason: String {
                switch self {
                case .full: "its disk is full"
                case .readOnly: "it cannot be written: read-only file system"
                }
            }
        }

        /// What this machine remembers counts all the same.
        @Test(arguments: Obstacle.allCases)
        func oneThatCannotBeWrittenStopsOnlyWhatMustBeRemembered(_ obstacle: Obstacle) async throws {
            let machine = try await Machine.onFolders()
            let state = machine.scratch("home/.local/state/photobackup")
            let temporary = try machine.scratch.folder("temporary").text
            let launcher =
                ["/usr/bin/unshare", "--mount"] + (geteuid() == 0 ? [] : ["--map-root-user"])
                + ["/bin/sh", "-c", obstacle.script, state]
            func run(_ words: [String], _ environment: [String: String] = [:]) async throws -> ProgramRun {
                try? FileManager.default.removeItem(atPath: state + ".small")
                return await machine.finish(
                    try machine.start(
                        Self.arguments(words, machine),
                        environment: environment.merging(["TMPDIR": temporary]) { $1 }, launcher: launcher
                    ))
            }
            for words in Self.reading {
                let run = try await run(words)
                #expect(run.exitCode == 0, "\(words): \(run)")
                #expect(
                    run.warnings(of: "catalog: ") == 1 && run.error.contains(obstacle.reason),
                    "\(words): \(run)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: temporary) == [])
            let refused = try await run(["backup"])
            #expect(
                refused.exitCode == 1 && refused.error.contains(obstacle.reason)
                    && refused.error.contains("hint: "), "\(refused)")
            // As the hint says.
            try machine.configureFolders("state = \"\(try machine.scratch.folder("other-state").text)\"")
            let elsewhere = try await run(["backup"], Machine.withPassword)
            #expect(elsewhere.exitCode == 0, "\(elsewhere)")
            try machine.configureFolders()

            // A replica that shows less than it did is not believed for want of a place to write.
            let snapshots = machine.scratch("replica-a/snapshots")
            try FileManager.default.removeItem(atPath: snapshots)
            let status = try await run(["status"])
            #expect(status.exitCode == 5, "\(status)")
        }
    }
}
