import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// Restores onto file systems that can less: every byte comes back, nothing that a restore has made is in another
    /// file's way, and each name that is not what it was is told.
    @Suite struct ForeignRestoreTests {
        typealias Kind = ForeignFileSystem.Kind

        /// Names that some file system folds, refuses or changes.
        static let names: [[UInt8]] =
            [
                "plain.jpg", "IMG_1.JPG", "img_1.jpg", "a:b.jpg", "what?.jpg", "star*.jpg", "dot.", "dot",
                "space ",
                "CON.jpg", "nul", "Z\u{fc}rich.jpg", "Zu\u{308}rich.jpg", "\u{1}.jpg", "back\\slash.jpg",
                "\u{1f4f7}.jpg", "Trip/p.jpg", "TRIP/p.jpg", "Trip: 1/p.jpg", "img_1 (2).jpg",
            ].map { Array($0.utf8) } + [
                Array("bad".utf8) + [0xff], [UInt8](repeating: UInt8(ascii: "n"), count: 255),
            ]

        @Test(arguments: Kind.allCases)
        func everyPictureComesBackAndEveryOtherNameIsTold(kind: Kind) async throws {
            let machine = try await Machine.withVaultOnDisks()
            try await machine.archive(try Self.shoot(on: machine))
            let disk = try ForeignFileSystem(kind, in: machine.scratch)
            let destination = "\(disk.path)/out"

            let first = try await machine.run("restore", "Shoot", "--to", destination, "--json")
            try Self.expect(first, allOf: Self.names, in: destination)
            #expect(first.summary["files_restored"] as? Int == Self.names.count + 2, "\(first)")
            #expect((first.summary["files_failed"] as? Int) == 0)
            if kind.foldsCase { #expect((first.summary["files_renamed"] as? Int ?? 0) >= 2) }
            let before = try Self.contents(of: destination)

            // What is there is what it was, whatever file system it came through: nothing is fetched or replaced again.
            for options in [[], ["--overwrite"]] as [[String]] {
                let again = await machine.finish(
                    try machine.start(["restore", "Shoot", "--to", destination, "--json"] + options))
                #expect(again.summary["files_restored"] as? Int == 0, "\(options): \(again)")
                #expect(again.exitCode == first.exitCode || again.exitCode == 0, "\(again)")
                try #expect(Self.contents(of: destination) == before, "\(options)")
            }
        }

        /// What was there is left alone or replaced, as is asked for; what the restore has made never is.
        @Test(arguments: Kind.allCases.filter(\.foldsCase), [false, true])
        func whatWasThereUnderAFoldedNameIsTheOnlyThingReplaced(kind: Kind, overwrites: Bool) async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(Array("upper".utf8), to: "A.jpg")
            try shoot.write(Array("lower".utf8), to: "a.jpg")
            try await machine.archive(shoot)
            let disk = try ForeignFileSystem(kind, in: machine.scratch)
            let there = Folder(path: Array("\(disk.path)/shoot".utf8))
            try #require(mkdir(there.text, 0o755) == 0)
            try there.write(Array("mine".utf8), to: "a.JPG")

            let run = await machine.finish(
                try machine.start(
                    ["restore", "Shoot", "--to", disk.path, "--json"] + (overwrites ? ["--overwrite"] : [])))
            #expect(run.exitCode == 3, "\(run)")
            let texts = try Self.contents(of: disk.path).map { String(decoding: $0, as: UTF8.self) }
            #expect(texts.sorted() == (overwrites ? ["lower", "upper"] : ["lower", "mine"]), "\(run)")
        }

        @Test(arguments: Kind.allCases)
        func whatTheFileSystemDoesNotKeepIsSaidOnceAKind(kind: Kind) async throws {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...20 {
                try shoot.write([UInt8(number)], to: "\(number).jpg")
                try shoot.setModified("\(number).jpg", seconds: 1_600_000_001, nanoseconds: 123_456_789)
                try shoot.setMode("\(number).jpg", 0o640)
            }
            try await machine.archive(shoot)
            let disk = try ForeignFileSystem(kind, in: machine.scratch)
            let run = try await machine.run("restore", "Shoot", "--to", disk.path, "--json")
            #expect(run.exitCode == 0, "\(run)")
            let warnings = run.messages.filter { $0["message_type"] as? String == "warning" }
            #expect(!warnings.isEmpty && warnings.count <= 4, "\(warnings)")
            var status = stat()
            #expect(stat("\(disk.path)/shoot/1.jpg", &status) == 0)
            // FAT rounds to 2 s.
            #expect(abs(status.st_mtim.tv_sec - 1_600_000_001) < 2, "\(status.st_mtim)")
        }

        private static func shoot(on machine: Machine) throws -> Folder {
            let shoot = try machine.scratch.folder("shoot")
            for folder in ["Trip", "TRIP", "Trip: 1"] { _ = try shoot.makeFolder(folder) }
            for (number, name) in names.enumerated() { try shoot.write(content(number), to: name) }
            try shoot.write(randomBytes(3_000_000), to: "raw.nef")
            try shoot.write(content(999), to: "linked.jpg")
            return shoot
        }

        private static func content(_ number: Int) -> [UInt8] { Array("picture \(number)".utf8) }

        /// Each name has its content, or the restore has said under which name that is.
        private static func expect(_ run: ProgramRun, allOf names: [[UInt8]], in destination: String) throws {
            let warnings = run.messages.filter { $0["message_type"] as? String == "warning" }
            let there = try Set(contents(of: destination))
            for (number, name) in names.enumerated() {
                #expect(
                    there.contains(content(number)),
                    "\(String(decoding: name, as: UTF8.self)) is lost: \(run)")
                let path = Array("\(destination)/shoot/".utf8) + name
                guard (try? Data(contentsOf: path)) != Data(content(number)) else { continue }
                let isFolderTold = name.contains(UInt8(ascii: "/"))
                let last = name.split(separator: UInt8(ascii: "/"))[0]
                let shown = String(decoding: last.prefix { $0 < 0x80 && $0 >= 0x20 }, as: UTF8.self)
                    .replacing("\\", with: "\\\\")
                #expect(
                    warnings.contains { ($0["what"] as? String)?.hasPrefix("shoot/\(shown)") == true },
                    "\(String(decoding: name, as: UTF8.self)) is elsewhere in silence (folder: \(isFolderTold)): \(run)"
                )
                #expect(run.exitCode == 3, "\(run)")
            }
        }

        /// What is in the files below a folder, sorted.
        private static func contents(of folder: String) throws -> [[UInt8]] {
            func files(_ path: [UInt8]) throws -> [[UInt8]] {
                try EndToEndTests.names(in: path).flatMap { name -> [[UInt8]] in
                    let path = path + [UInt8(ascii: "/")] + name
                    var status = stat()
                    guard lstat(cString(path), &status) == 0 else { return [] }
                    return switch status.st_mode & S_IFMT {
                    case S_IFDIR: try files(path)
                    case S_IFREG: [[UInt8](try Data(contentsOf: path))]
                    default: []
                    }
                }
            }
            return try files(Array(folder.utf8)).sorted { $0.lexicographicallyPrecedes($1) }
        }
    }
}

extension Data {
    /// Of a file whose path is bytes.
    fileprivate init(contentsOf path: [UInt8]) throws {
        let descriptor = try check("open", open(cString(path), O_RDONLY))
        self = try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).readToEnd() ?? Data()
    }
}

extension Machine {
    /// A vault in three folders of this machine, for what needs no server.
    static func withVaultOnDisks() async throws -> Machine {
        let machine = try Machine([], configuration: "")
        let providers = try (1...3).map { number in
            "[[provider]]\nname = \"disk\(number)\"\npath = \"\(try machine.scratch.folder("disk\(number)").text)\"\n"
        }
        try machine.configure(providers.joined())
        _ = try await machine.initialise()
        return machine
    }
}
