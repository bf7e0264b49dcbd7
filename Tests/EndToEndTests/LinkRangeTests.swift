import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    @Suite struct LinkRangeTests {
        /// rclone answers a range with 200 and the part alone.
        @Test func rangesAreUnderstoodAsServersAnswerThem() async throws {
            let replica = try Replica(Servers.named("rclone"), prefix: Replica.newPrefix())
            let machine = try await Machine.withVault(on: [replica])
            let shoot = try machine.scratch.folder("shoot")
            // More than one chunk, and chunks that lie in the middle of a pack.
            try shoot.write(randomBytes(9 << 20), to: "large.nef")
            for number in 1...3 { try shoot.write(randomBytes(300_000), to: "\(number).jpg") }
            try await machine.archive(shoot)
            let run = try await machine.run("share", "link", "Shoot", "--no-previews", "--json")
            let address = try #require(run.summary["address"] as? String, "\(run)")

            let folder = try machine.scratch.folder("received")
            let received = try await machine.run(
                "share", "open", address, "--to", folder.text, "--json", "--allow-local")
            #expect(received.exitCode == 0, "\(received)")
            for name in ["large.nef", "1.jpg", "2.jpg", "3.jpg"] {
                #expect(try content(of: folder, name) == content(of: shoot, name))
            }
        }

        private func content(of folder: Folder, _ name: String) throws -> Data {
            try Data(contentsOf: URL(filePath: "\(folder.text)/\(name)"))
        }
    }
}
