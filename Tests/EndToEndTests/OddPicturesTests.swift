import Foundation
import PictureTesting
import ProgramTesting
import ServerTesting
import SoakTesting
import Testing

extension EndToEnd {
    /// A shoot in which odd and damaged pictures lie among good ones.
    @Suite struct OddPicturesTests {
        @Test func nothingStopsAtThem() async throws {
            let replica = try Replica(Servers.named("seaweedfs"), prefix: Replica.newPrefix())
            let machine = try await Machine.withVault(on: [replica])
            let shoot = try machine.scratch.folder("shoot")
            var odd = OddPictures(seed: Soak.seed)
            let pictures = odd.pictures(120)
            let endings = ["jpg", "nef", "heic", "cr3", "tif"]
            for (index, picture) in pictures.enumerated() {
                try shoot.write(picture.bytes, to: "\(index).\(endings[index % endings.count])")
            }
            let original = try FolderRecord(shoot.text)
            try machine.configure(
                replica.configuration()
                    + "\n[[collection]]\nname = \"Shoot\"\nsources = [\"\(shoot.text)\"]\n")

            let backup = try await machine.run("backup", "--json")
            #expect(backup.exitCode == 0, "\(backup)")
            let found = try await machine.run("find", "--camera", "whole no", "--json")
            #expect(found.exitCode == 0, "\(found)")
            #expect(found.summary["files"] as? Int == pictures.count { $0.camera != nil })
            #expect(found.summary["pictures_unknown"] as? Int == 0)
            let link = try await machine.run("share", "link", "Shoot", "--json")
            #expect(link.exitCode == 0, "\(link)")
            #expect(link.summary["files"] as? Int == pictures.count)
            try await machine.expectRestore(of: original)
        }
    }
}
