import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// What is advised where a command was given the wrong words, tried on one vault of three disks.
    @Suite struct CommandHintTests {
        @Test func whatIsNamedIsFound() async throws {
            let machine = try await Self.machine()
            for trial in Self.named { try await trial.run(on: machine) }
        }

        @Test func whatIsArchivedKeepsApart() async throws {
            let machine = try await Self.machine()
            for trial in Self.archived { try await trial.run(on: machine) }
        }

        @Test func whatRetentionRefusesIsTaken() async throws {
            let machine = try await Self.machine()
            for trial in Self.retained { try await trial.run(on: machine) }
        }

        @Test func providersAreAddedAndRemoved() async throws {
            let machine = try await Self.machine()
            for trial in Self.providers { try await trial.run(on: machine) }
        }

        @Test func aCollectionWithoutItsRecordIsWrittenAnew() async throws {
            let machine = try await Self.machine()
            let identity = try await machine.run("share", "identity", "--json")
            let key = try #require(
                identity.messages.first { $0["public_key"] != nil }?["public_key"] as? String)
            let grant = "share grant Shoot --to \(key) --name Anna"
            try await HintTrial(
                "photobackup backup writes a new one", grant, cures: grant,
                before: { machine in
                    for number in 1...3 { try machine.loseObjects(on: "disk\(number)", "collections") }
                    try machine.forget()
                },
                remedy: { machine in
                    _ = try await machine.run(
                        "archive", machine.scratch("shoot"), "--as", "Shoot",
                        environment: Machine.withPassword)
                }
            ).run(on: machine)
        }

        @Test func aSnapshotThatIsLostIsForgotten() async throws {
            let machine = try await Self.machine()
            let before = try Set(
                machine.objects(on: "disk1", "meta").map { ($0 as NSString).lastPathComponent })
            let other = try machine.scratch.folder("other")
            try other.write(randomBytes(100), to: "z.raw")
            let run = try await machine.run("archive", other.text, "--as", "Other", "--json")
            let id = try #require(run.summary["snapshot_id"] as? String)
            try await HintTrial(
                "photobackup heal may put it right; what is lost for good is in the way until 7 days after photobackup forget SNAPSHOT",
                "prune", cures: "prune --max-delete 100%",
                before: { machine in
                    for number in 1...3 {
                        for path in try machine.objects(on: "disk\(number)", "meta")
                        where !before.contains((path as NSString).lastPathComponent) {
                            try FileManager.default.removeItem(atPath: path)
                        }
                    }
                    try machine.forget()
                },
                remedy: { machine in
                    let forgotten = try await machine.run("forget", id, environment: Machine.withPassword)
                    #expect(forgotten.exitCode == 0, "\(forgotten)")
                    try machine.age(["disk1", "disk2", "disk3"], bySeconds: 8 * 86_400)
                }
            ).run(on: machine)
        }

        private static func machine() async throws -> Machine {
            let machine = try await Machine.withVaultOnDisks()
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            try await machine.archive(shoot)
            return machine
        }

        private static let named: [HintTrial] = [
            HintTrial(
                "--disk PATH says where its folders are; a second snapshot is compared instead", "diff Shoot",
                cures: "diff Shoot --disk @shoot"),
            HintTrial(
                "--fetch reads them from a provider, up to 4 MiB of each, once", "find Shoot --camera z",
                cures: "find Shoot --camera z --fetch"),
            HintTrial(
                "photobackup ls shows what it holds", "restore Shoot --to @a --include *.nef",
                cures: "ls Shoot"),
            HintTrial(
                "paths begin with the source folder's own name; photobackup ls shows them",
                "ls Shoot zz/yyyyyy",
                cures: "ls Shoot", "ls Shoot shoot/a.jpg"),
            HintTrial(
                "did you mean …?", "restore Shot --to @b",
                told: { ["restore \(try $0.told(after: "did you mean \"", until: ["\""])) --to @b"] }),
            HintTrial(
                "did you mean '…'?", "snapshts",
                told: { [try $0.told(after: "did you mean '", until: ["'"])] }),
            HintTrial(
                "…see '…'", "ls --nope", told: { [try $0.told(after: "see 'photobackup ", until: ["'"])] }),
            HintTrial(
                "there are some by …", "restore Shoot --host none --to @c",
                told: { ["restore Shoot --to @c --host \(try $0.told(after: "there are some by "))"] }),
            HintTrial(
                "a kit overwrites nothing: name another", "kit --text @kit.txt",
                cures: "kit --text @other.txt",
                before: { try $0.write("", to: "kit.txt") }),
        ]

        private static let archived: [HintTrial] = [
            HintTrial(
                "a label is one name, without a slash", "archive @shoot --as One --label a/b",
                cures: "archive @shoot --as One --label ab"),
            HintTrial(
                "give it a label", "archive / --as Root -n --exclude *",
                cures: "archive / --as Root -n --exclude * --label root"),
            HintTrial(
                "give one of them a label", "archive @one/x @two/x --as Two",
                cures: "archive @one/x --as Two",
                "archive @two/x --as Two --label y",
                before: { machine in
                    for name in ["one/x", "two/x"] {
                        try machine.scratch.folder(name).write([1], to: "\(name.first!).jpg")
                    }
                }),
            HintTrial(
                "give it another --label", "archive @one/x --as Shoot --label shoot",
                cures: "archive @one/x --as Shoot --label other",
                before: { machine in
                    try machine.configureDisks(
                        "[[collection]]\nname = \"Shoot\"\nsources = [\"\(machine.scratch("shoot"))\"]\n")
                }),
            HintTrial(
                "photobackup backup backs up the source; --label NAME keeps something else apart from it",
                "archive @alt/shoot --as Shoot", cures: "backup",
                "archive @alt/shoot --as Shoot --label card",
                before: { try $0.scratch.folder("alt/shoot").write([5], to: "b.jpg") },
                after: { try $0.configureDisks() }),
            HintTrial(
                "keep them apart with --label NAME, or leave them out with --exclude; an archive gives up no file for a folder or a link",
                "archive @new/shoot --as Shoot", cures: "archive @new/shoot --as Shoot --label apart",
                "archive @new/shoot --as Shoot --exclude a.jpg",
                before: { machine in
                    let folder = try machine.scratch.folder("new/shoot")
                    try folder.makeFolder("a.jpg").write([1], to: "inside")
                    try folder.write([2], to: "c.jpg")
                }),
        ]

        private static let retained: [HintTrial] = [
            HintTrial(
                "add --keep-last 1; what is meant to go can be named: photobackup forget SNAPSHOT",
                "forget --keep-tag none", cures: "forget --keep-tag none --keep-last 1"),
            HintTrial(
                "photobackup heal brings them together; then prune again", "prune", cures: "heal", "prune",
                before: { try $0.loseObjects(on: "disk2", "snapshots") }),
            HintTrial(
                "photobackup heal puts right what another replica still has", "archive @shoot --as Shoot",
                cures: "heal", "archive @shoot --as Shoot",
                before: { machine in
                    try machine.loseObjects(on: "disk1", "packs")
                    #expect(try await machine.run("verify").exitCode == 5)
                }),
            HintTrial(
                "photobackup heal tells it, and so does the next backup", "forget --keep-last 1",
                cures: "heal",
                "forget --keep-last 1",
                before: { machine in
                    let shoot = try machine.scratch.folder("shoot")
                    try shoot.write([7, 7], to: "d.jpg")
                    try await machine.archive(shoot)
                    try machine.move("disk3", to: "away")
                },
                remedy: { try $0.move("away", to: "disk3") }),
        ]

        private static let providers: [HintTrial] = [
            HintTrial(
                "… names: …; a new one is added there first", "provider add disk4",
                cures: "provider add disk4",
                remedy: { machine in
                    _ = try machine.scratch.folder("disk4")
                    try machine.configureDisks(count: 4)
                },
                after: { try $0.configureDisks() }),
            HintTrial(
                "add a [[provider]] of that name to … first", "provider probe disk1",
                cures: "provider probe disk1", before: { try $0.configure("") },
                remedy: { try $0.configureDisks() }),
            HintTrial(
                "add another one first, and photobackup provider add fills it", "provider remove disk1",
                cures: "provider add disk2", "provider remove disk1",
                before: { try $0.configureDisks(count: 1) }, remedy: { try $0.configureDisks(count: 2) },
                after: { try $0.configureDisks() }),
            HintTrial(
                "photobackup heal copies what it misses", "provider remove disk4", cures: "heal",
                "provider remove disk4",
                before: { machine in
                    try machine.configureDisks(count: 4)
                    #expect(try await machine.run("heal").exitCode == 0)
                    try machine.loseObjects(on: "disk1", "packs")
                }, after: { try $0.configureDisks() }),
            HintTrial(
                "photobackup heal, or photobackup provider evacuate … OTHER, gives the others what they miss",
                "provider remove disk3", cures: "heal", "provider remove disk3",
                before: { machine in
                    try machine.loseObjects(on: "disk1", "packs")
                    try machine.loseObjects(on: "disk2", "packs")
                }),
            HintTrial(
                "is the disk mounted?", "verify", cures: "verify",
                before: { try $0.move("disk3", to: "away") },
                remedy: { try $0.move("away", to: "disk3") }),
            HintTrial(
                "is the disk mounted? where it is a new one, photobackup provider add … fills it", "verify",
                cures: "provider add disk3", "verify",
                before: { machine in
                    try machine.move("disk3", to: "old")
                    _ = try machine.scratch.folder("disk3")
                }),
            HintTrial(
                "give this provider a bucket or a prefix of its own", "archive @shoot --as Shoot",
                cures: "provider add disk3",
                "verify",
                before: { machine in
                    try machine.configure(
                        "[[provider]]\nname = \"x\"\npath = \"\(try machine.scratch.folder("x").text)\"\n")
                    #expect(
                        try await machine.run(
                            "init", "--kdf-strength", "interactive", environment: Machine.withPassword
                        ).exitCode == 0)
                    try machine.move("disk3", to: "third")
                    try machine.move("x", to: "disk3")
                    try machine.configureDisks()
                },
                remedy: { machine in
                    try machine.move("disk3", to: "x")
                    _ = try machine.scratch.folder("disk3")
                }),
        ]
    }
}
