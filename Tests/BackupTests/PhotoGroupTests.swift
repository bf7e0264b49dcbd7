import Testing

@testable import Backup
@testable import Vault

/// Which files are one picture.
@Suite struct PhotoGroupTests {
    private func name(_ path: String) throws -> String? {
        let path = try #require(EntryPath(path.utf8))
        return PhotoGroup(path).map { String(decoding: $0.name, as: UTF8.self) }
    }

    @Test(arguments: [
        "c/IMG_1.NEF", "c/IMG_1.cr3", "c/IMG_1.JPG", "c/IMG_1.HEIC", "c/IMG_1.xmp", "c/IMG_1.MOV",
        "c/IMG_1.CR2.xmp", "c/IMG_1.JPG.XMP", "c/IMG_1.AAE",
    ])
    func filesOfOnePictureAreOneGroup(path: String) throws {
        #expect(try name(path) == "c/IMG_1")
    }

    @Test(arguments: ["c/IMG_1.txt", "c/IMG_1", "c/.jpg", "c/IMG_1.", "IMG_1.jpg/notes.txt"])
    func otherFilesAreNone(path: String) throws { #expect(try name(path) == nil) }

    @Test(arguments: [
        ("d/IMG_1.JPG", "d/IMG_1"), ("c/img_1.JPG", "c/img_1"), ("c/IMG_1.b.JPG", "c/IMG_1.b"),
        ("c/IMG_1.xmp.xmp", "c/IMG_1.xmp"), ("c/.CR2.xmp", "c/.CR2"), ("IMG_1.JPG", "IMG_1"),
    ])
    func folderNameAndCaseTellGroupsApart(path: String, group: String) throws {
        #expect(try name(path) == group)
    }

    /// Whole groups are read from every page that can hold a member, and from no other.
    @Test func aGroupsPlaceIsBetweenItsNeighbours() throws {
        let member = try #require(EntryPath("c/IMG_1.JPG".utf8))
        let group = try #require(PhotoGroup(member))
        func hasPlace(_ previous: String?, _ last: String) throws -> Bool {
            let last = try #require(EntryPath(last.utf8))
            return group.hasPlace(after: previous.flatMap { EntryPath($0.utf8) }, upTo: last)
        }
        #expect(try hasPlace(nil, "c/IMG_1.CR2"))
        #expect(try hasPlace("c/IMG_1.CR2", "c/IMG_1.JPG"))
        #expect(try hasPlace("c/IMG_1.xmp", "d/a"))
        #expect(try hasPlace("a", "z"))
        #expect(try !hasPlace(nil, "c/IMG_0.JPG"))
        #expect(try !hasPlace("c/IMG_10.JPG", "d/a"))
    }
}
