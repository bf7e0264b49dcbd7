import Testing

@testable import Backup

@Suite struct NameFormsTests {
    @Test(arguments: [
        ("IMG_1.JPG", "IMG_1.JPG"), ("a:b?c*.jpg", "a_b_c_.jpg"), ("\"<>|\\.jpg", "_____.jpg"),
        ("dot.", "dot_"),
        ("two. .", "two___"), ("space ", "space_"), (".hidden", ".hidden"), ("CON", "CON_"),
        ("con.jpg", "con_.jpg"),
        ("Lpt1.tar.gz", "Lpt1_.tar.gz"), ("CONTACT.jpg", "CONTACT.jpg"), ("tab\t\u{7f}", "tab__"),
        ("Zürich.jpg", "Zürich.jpg"), ("...", "___"),
    ])
    func theFormThatEveryFileSystemTakes(name: String, portable: String) {
        #expect(NameForms.portable(Array(name.utf8)) == Array(portable.utf8))
        #expect(NameForms.portable(Array(portable.utf8)) == Array(portable.utf8))
    }

    @Test func aNameThatIsNoTextBecomesOne() {
        #expect(NameForms.portable([0x61, 0xff, 0x62]) == Array("a_b".utf8))
    }

    /// Whatever some file system takes for one name has one key.
    @Test(arguments: [
        ("IMG_1.JPG", "img_1.jpg"), ("Z\u{fc}rich", "Zu\u{308}RICH"), ("dot.", "dot"), ("a .", "A"),
        ("STRASSE", "stra\u{df}e"), ("\u{212a}.jpg", "k.jpg"),
    ])
    func namesThatCanBeOneHaveOneKey(first: String, second: String) {
        #expect(NameForms.key(first.utf8) == NameForms.key(second.utf8))
    }

    @Test(arguments: [("a.jpg", "b.jpg"), ("a.jpg", "a.jpeg"), (".a", "a"), ("a b", "ab")])
    func namesThatNobodyTakesForOneHaveTwoKeys(first: String, second: String) {
        #expect(NameForms.key(first.utf8) != NameForms.key(second.utf8))
    }

    /// Other names are other names, each but once, end as the name does, and are no longer than any file system holds.
    @Test(arguments: [
        "a.jpg", "a:b.CR2.xmp", "no ending", String(repeating: "n", count: 250) + ".jpg", "\u{fc}.jpg",
        String(repeating: "\u{1f4f7}", count: 60) + ".jpg", ".", "CON",
    ])
    func otherNamesCanBeTried(name: String) {
        let bytes = Array(name.utf8)
        for names in [NameForms.accepted(bytes), Array(NameForms.numbered(bytes).prefix(200))] {
            #expect(Set(names).count == names.count && !names.contains(bytes))
            #expect(names.allSatisfy { $0.count <= 249 && String(validating: $0, as: UTF8.self) != nil })
            if name.hasSuffix(".jpg") {
                #expect(names.allSatisfy { $0.suffix(4) == Array(".jpg".utf8)[...] })
            }
        }
        #expect(NameForms.accepted(bytes).contains { $0.count <= 143 && $0.allSatisfy { $0 < 0x80 } })
    }

    @Test(
        arguments: [
            (1_600_000_001_123_456_789, 1_600_000_001_123_456_789, true),
            (1_600_000_001_123_456_700, 1_600_000_001_123_456_789, true),  // NTFS
            (1_600_000_001_120_000_000, 1_600_000_001_123_456_789, true),  // exFAT
            (1_600_000_001_000_000_000, 1_600_000_001_123_456_789, true),  // SFTP
            (1_600_000_002_000_000_000, 1_600_000_001_123_456_789, true),  // rounded up
            (1_600_000_000_000_000_000, 1_600_000_001_123_456_789, true),  // FAT
            (1_600_000_003_000_000_000, 1_600_000_001_123_456_789, false),
            (1_600_000_001_123_456_600, 1_600_000_001_123_456_789, false),
            (1_600_000_001_123_456_788, 1_600_000_001_123_456_789, false),
            (0, 1_600_000_001_123_456_789, false), (.max, .min, false),
            (-2_000_000_000, -1_000_000_001, true),
        ] as [(Int64, Int64, Bool)])
    func timesAreTheSameWhereTheFileSystemKeepsThemLessExactly(shown: Int64, original: Int64, isSame: Bool) {
        #expect(FileTime.isSame(shown, as: original) == isSame)
    }
}
