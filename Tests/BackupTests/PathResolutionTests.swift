import Foundation
import Testing

@testable import Backup
@testable import Vault

/// Paths are found as people type them, and what is not there is told with what may have been meant.
@Suite struct PathResolutionTests {
    private static let nfd = "Mu\u{308}ller"
    private static let nfc = "M\u{fc}ller"
    let test: TestVault
    let vault: OpenVault

    init() async throws {
        test = try await TestVault()
        vault = try await test.open()
        for number in 0..<40 { try test.write("\(number)", to: "shoot/day \(number % 4)/IMG_\(number).jpg") }
        try test.write("1", to: "shoot/\(Self.nfd)/\(Self.nfd).jpg")
        try test.write("2", to: "shoot/x.d/y")
        _ = try await test.archive(vault, "shoot", as: "S")
    }

    private func listed(_ paths: String...) async throws -> (files: Int, missing: [MissingPath]) {
        var files = 0
        let found = try await vault.list(
            SnapshotSelection("S"), EntrySelection(paths: paths.map { EntryPath($0.utf8)! }), warn: test.warn,
            onEntry: { if $0.kind == .file { files += 1 } })
        return (files, found.missing)
    }

    @Test(arguments: [
        ("shoot/day 1/IMG_l.jpg", "shoot/day 1/IMG_1.jpg"), ("shoot/DAY 1", "shoot/day 1"),
        ("shoot/dya 1/IMG_1.jpg", "shoot/day 1/IMG_1.jpg"), ("shot/day 1/IMG_1.jpg", "shoot/day 1/IMG_1.jpg"),
        ("day 1/IMG_1.jpg", "shoot/day 1/IMG_1.jpg"), ("shoot/x.d/yy", "shoot/x.d/y"),
        ("shoot/day 1/IMG_1.jpg/a", nil), ("shoot/nothing like it", nil), ("zzzzzz", nil),
    ])
    func whatIsNotThereIsTold(path: String, nearest: String?) async throws {
        let error = try await #require(throws: SelectionError.self) { _ = try await listed(path) }
        #expect(error.description.contains("\"\(path)\""), "\(error)")
        if let nearest {
            #expect(error.hint?.contains("\"\(nearest)\"") ?? false, "\(error.hint ?? "")")
        } else {
            #expect(error.hint?.contains("photobackup ls") ?? false, "\(error.hint ?? "")")
        }
        // What is named besides is shown all the same.
        let (files, missing) = try await listed("shoot/day 2", path)
        #expect(files == 10 && missing.map { String(decoding: $0.path.bytes, as: UTF8.self) } == [path])
    }

    @Test(arguments: [nfc, nfd], [nfc, nfd])
    func bothFormsOfANameAreOne(folder: String, file: String) async throws {
        #expect(try await listed("shoot/\(folder)").files == 1)
        #expect(try await listed("shoot/\(folder)/\(file).jpg").files == 1)
        #expect(try await listed("shoot/\(folder)/\(file).jpg", "shoot/x.d").missing == [])
        let path = EntryPath(Array("shoot/\(Self.nfd)/\(Self.nfd).jpg".utf8))!
        for pattern in ["\(file).jpg", "/shoot/\(folder)/*", "**/\(file).*", "\(folder)/", "*\(file)*"] {
            let patterns = try ExcludePatterns([pattern])
            #expect(
                patterns.excludes(path, isFolder: false) || patterns.excludes(path.parent!, isFolder: true),
                "\(pattern)")
        }
        var filter = FileFilter()
        filter.names = ["\(file).J*"]
        var entry = Entry(path: path, kind: .file)
        #expect(filter.matches(entry))
        entry.path = EntryPath(Array("shoot/Muller.jpg".utf8))!
        #expect(!filter.matches(entry))
    }

    /// A name that is no UTF-8 has one form.
    @Test func bytesThatAreNoTextAreCompared() {
        #expect(areSameName([0x80, 0x81], [0x80, 0x81]) && !areSameName([0x80], [0x81]))
        #expect(areSameName(Array(Self.nfc.utf8), Array(Self.nfd.utf8)))
        #expect(!areSameName(Array("Müller".utf8), [0x80]) && composed(Array("Muller".utf8)) == nil)
    }
}
