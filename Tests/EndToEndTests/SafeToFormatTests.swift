import Crypto
import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// `safe-to-format` never says yes wrongly.
    @Suite struct SafeToFormatTests {
        private let replicas: [Replica]
        private let machine: Machine
        private let card: Folder
        private let snapshot: String
        private let everything = ["DCIM/b.arw", "a.arw", "empty.txt"]

        init() async throws {
            replicas = try Replica.onThreeServers()
            machine = try await Machine.withVault(on: replicas)
            card = try machine.scratch.folder("card")
            try card.write(randomBytes(40_000), to: "a.arw")
            try card.makeFolder("DCIM").write(randomBytes(5_000_000), to: "b.arw")
            try card.write([], to: "empty.txt")
            let archive = try await machine.archive(card)
            snapshot = try #require(archive.summary["snapshot_id"] as? String)
        }

        private func ask(_ options: String..., launcher: [String] = []) async throws -> ProgramRun {
            await machine.finish(
                try machine.start(["safe-to-format", card.text, "--json"] + options, launcher: launcher))
        }

        /// Expects a no, for these files.
        private func expectUnsafe(
            _ paths: [String], _ options: String..., because reason: String,
            launcher: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let run = await machine.finish(
                try machine.start(["safe-to-format", card.text, "--json"] + options, launcher: launcher))
            #expect(run.exitCode == 1, "\(run)", sourceLocation: sourceLocation)
            #expect(run.summary["safe"] as? Bool == false, sourceLocation: sourceLocation)
            let unsafe = run.messages.filter { $0["message_type"] as? String == "unsafe" }
            #expect(
                unsafe.map { $0["path"] as? String } == paths.map { "\(card.text)/\($0)" }, "\(run)",
                sourceLocation: sourceLocation)
            #expect(
                unsafe.allSatisfy { ($0["reason"] as? String)?.contains(reason) ?? false }, "\(run)",
                sourceLocation: sourceLocation)
        }

        @Test func whatIsWholeEverywhereMayGo() async throws {
            let manifest = machine.scratch("card.sha256")
            let run = try await ask("--copies", "3", "--manifest", manifest)
            #expect(run.exitCode == 0 && run.summary["safe"] as? Bool == true, "\(run)")
            #expect(
                run.summary["files"] as? Int == 3
                    && run.summary["whole_on"] as? [String] == replicas.map(\.name))
            let check = Process()
            check.executableURL = URL(filePath: "/usr/bin/sha256sum")
            check.arguments = ["--check", "--strict", "--quiet", manifest]
            try check.run()
            check.waitUntilExit()
            #expect(check.terminationStatus == 0)
            let text = try String(contentsOfFile: manifest, encoding: .utf8)
            #expect(text.split(separator: "\n").count == 3)
            #expect(try await ask("--manifest", manifest).exitCode == 1, "it overwrites nothing")
            #expect(try String(contentsOfFile: manifest, encoding: .utf8) == text)
            // Names and places count for nothing.
            try FileManager.default.moveItem(atPath: "\(card.text)/a.arw", toPath: "\(card.text)/DCIM/c.arw")
            #expect(try await ask().exitCode == 0)
        }

        @Test func aCardIsReadWholeEachTimeAndStoredOnce() async throws {
            let again = try await machine.archive(card)
            #expect(again.summary["bytes_read"] as? Int == 5_040_000)
            #expect(again.summary["packs_stored"] as? Int == 0)
            let told = try #require(again.messages.first { $0["message_type"] as? String == "card" })
            #expect(told["layouts"] as? [String] == ["DCIM"])
            try card.remove("DCIM/b.arw")
            try card.remove("DCIM")
            let folder = try await machine.archive(card)
            #expect(folder.summary["bytes_read"] as? Int == 0, "it is no card any more")
        }

        @Test func otherContentUnderTheSameNameIsNotThere() async throws {
            let status = try FileManager.default.attributesOfItem(atPath: "\(card.text)/a.arw")
            try card.overwrite("a.arw", at: 20_000, with: [1, 2, 3, 4, 5])
            try FileManager.default.setAttributes(
                [.modificationDate: try #require(status[.modificationDate])],
                ofItemAtPath: "\(card.text)/a.arw")
            try await expectUnsafe(["a.arw"], because: "no snapshot that can be read has this content")
            try card.write(randomBytes(10), to: "new.arw")
            try await expectUnsafe(
                ["a.arw", "new.arw"], because: "no snapshot that can be read has this content")
        }

        @Test func whatCannotBeReadIsNotSafe() async throws {
            try card.setMode("a.arw", 0)
            let launcher =
                geteuid() == 0
                ? ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"] : []
            try await expectUnsafe(["a.arw"], because: "ermission", launcher: launcher)
        }

        @Test func aReplicaThatLostItDoesNotCount() async throws {
            try await replicas[0].deleteAll("packs/")
            let run = try await ask()
            #expect(run.exitCode == 0, "\(run)")
            #expect(run.summary["whole_on"] as? [String] == [replicas[1].name, replicas[2].name])
            let both = ["DCIM/b.arw", "a.arw"]
            try await expectUnsafe(
                both, "--copies", "3", because: "only on \(replicas[1].name), \(replicas[2].name)")
            try await replicas[1].deleteAll("packs/")
            try await expectUnsafe(both, because: "only on \(replicas[2].name)")
            try await replicas[2].deleteAll("packs/")
            try await expectUnsafe(both, because: "no replica has all of it")
            for replica in replicas { try await replica.deleteAll("meta/") }
            try await expectUnsafe(everything, because: "no snapshot that can be read has this content")
        }

        @Test func aReplicaThatWasNeverReachedDoesNotCount() async throws {
            let more = try machine.scratch.folder("more")
            try more.write(randomBytes(1000), to: "c.arw")
            try machine.configure(replicas.configuration(reaching: [0: "http://127.0.0.1:9"]))
            try await machine.archive(more, exitCode: 4)
            try machine.configure(replicas.configuration())
            try FileManager.default.moveItem(atPath: "\(more.text)/c.arw", toPath: "\(card.text)/c.arw")
            try await expectUnsafe(
                ["c.arw"], "--copies", "3", because: "only on \(replicas[1].name), \(replicas[2].name)")
            #expect(try await ask().exitCode == 0)
        }

        @Test func anOlderSnapshotThatMoreReplicasHaveCounts() async throws {
            try card.write(randomBytes(1000), to: "c.arw")
            try machine.configure(replicas.configuration(reaching: [0: "http://127.0.0.1:9"]))
            try await machine.archive(card, exitCode: 4)
            try machine.configure(replicas.configuration())
            try await expectUnsafe(
                ["c.arw"], "--copies", "3", because: "only on \(replicas[1].name), \(replicas[2].name)")
            try card.remove("c.arw")
            #expect(try await ask("--copies", "3").exitCode == 0)
        }

        /// Nothing but the keyring opens a replica that is alone.
        @Test func aReplicaWithoutAKeyringDoesNotCount() async throws {
            try await replicas[0].deleteAll("keyring/")
            let run = try await ask("--copies", "3")
            #expect(run.exitCode == 1 && run.summary["files_unsafe"] as? Int == 3, "\(run)")
        }

        /// Two cards in two readers, each with a DCIM.
        @Test func foldersOfOneNameAreToldApart() async throws {
            let other = try machine.scratch.folder("other").makeFolder("DCIM")
            let manifest = machine.scratch("cards.sha256")
            try other.write(randomBytes(1000), to: "b.arw")
            func ask() async throws -> ProgramRun {
                try await machine.run(
                    "safe-to-format", "\(card.text)/DCIM", other.text, "--json", "--manifest", manifest)
            }
            let refused = try await ask()
            #expect(refused.exitCode == 1 && refused.summary["files_unsafe"] as? Int == 1, "\(refused)")
            let unsafe = refused.messages.first { $0["message_type"] as? String == "unsafe" }
            #expect(unsafe?["path"] as? String == "\(other.text)/b.arw", "\(refused)")
            #expect(!FileManager.default.fileExists(atPath: manifest), "there is no list of what is not safe")
            try await machine.archive(other)
            let run = try await ask()
            #expect(run.exitCode == 0 && run.summary["files"] as? Int == 2, "\(run)")
            let places = try String(contentsOfFile: manifest, encoding: .utf8).split(separator: "\n").map {
                $0.dropFirst(66)
            }
            #expect(places == ["\(card.text)/DCIM/b.arw", "\(other.text)/b.arw"])
        }

        @Test func aLinkIsNotSafe() async throws {
            try card.link("link.arw", to: Array("a.arw".utf8))
            try await expectUnsafe(["link.arw"], because: "links are not compared")
        }

        @Test func aProviderThatDoesNotAnswerDoesNotCount() async throws {
            try machine.configure(
                replicas.configuration(reaching: [0: "http://127.0.0.1:9", 1: "http://127.0.0.1:9"]))
            try await expectUnsafe(everything, because: "only on \(replicas[2].name)")
        }

        @Test func whatWasForgottenIsNotThere() async throws {
            #expect(try await machine.run("forget", snapshot).exitCode == 0)
            try await expectUnsafe(
                everything, because: "no snapshot that can be read has this content")
        }

        @Test func nothingAtAllIsNoYes() async throws {
            try FileManager.default.removeItem(atPath: card.text)
            #expect(try await ask().exitCode == 1)
            _ = try machine.scratch.folder("card")
            let run = try await ask()
            #expect(run.exitCode == 1 && run.summary["safe"] as? Bool != true, "\(run)")
        }
    }
}

extension Replica {
    fileprivate func deleteAll(_ folder: String) async throws {
        for name in try await objects(folder).keys { try await delete(name) }
    }
}
