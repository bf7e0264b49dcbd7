import Foundation
import Glibc
import SoakTesting
import Testing

@testable import Backup
@testable import Vault

/// What a snapshot holds is what the sources hold, whatever came before it.
@Suite struct FlowIncrementalTests {
    @Test(arguments: [(40, UInt64(1)), (40, 2), (400, 3), (3000, 4)])
    func everySnapshotEqualsTheTree(fileCount: Int, seed: UInt64) async throws {
        let comment = Comment(rawValue: "\(fileCount) files, seed \(seed)")
        let test = try await TestVault()
        var tree = RandomTree(root: test.source(), random: SeededGenerator(seed: seed))
        try tree.grow(to: fileCount)
        let vault = try await test.open()
        for round in 1...6 {
            let summary = try await test.backUp(vault)
            let expected = try test.tree(keys: vault.keys)
            expectSame(try await test.listed(vault), expected, comment)
            #expect(summary.unreadable.isEmpty && summary.replicas.allSatisfy { $0.isWhole }, comment)
            #expect(summary.filesTotal == expected.values.filter(\.isFile).count, comment)
            if round.isMultiple(of: 3) {
                // One that knows nothing makes the same of it.
                let other = try await test.openAnew(on: "other")
                try await test.backUp(other)
                expectSame(try await test.listed(other), expected, comment)
                expectSame(try await test.restored(other), expected, comment)
            }
            try tree.edit()
        }
        // Each has a history of its own, and says that there is another.
        #expect(test.warnings().allSatisfy { $0.why.contains("and this machine has one of its own") })
    }

    @Test func anUnchangedTreeStoresNothingAndSharesAllPages() async throws {
        let test = try await TestVault()
        var tree = RandomTree(root: test.source(), random: SeededGenerator(seed: 7))
        try tree.grow(to: 3000)
        let vault = try await test.open()
        let first = try await test.backUp(vault)
        let pages = try await test.newest(vault).pages
        let second = try await test.backUp(vault)
        #expect(second.packsStored == 0 && second.bytesStored == 0)
        #expect(second.filesUnmodified == first.filesTotal && second.filesTotal == first.filesTotal)
        #expect(second.filesNew == 0 && second.filesChanged == 0)
        #expect(try await test.newest(vault).pages == pages)
        #expect(pages.count > 1)

        // A machine that has lost its catalog takes the pages up too.
        let anew = try await test.openAnew()
        #expect(try await test.backUp(anew).packsStored == 0)
        #expect(try await test.newest(anew).pages == pages)
    }

    @Test func oneChangedFileOfManyRewritesAtMostTwoPages() async throws {
        let test = try await TestVault()
        for folder in 0..<40 {
            try test.scratch.makeFolder("sources/photos/\(folder)")
            for file in 0..<500 {
                try Data("\(folder)-\(file)".utf8).write(
                    to: URL(fileURLWithPath: test.source("photos/\(folder)/\(file).txt")))
            }
        }
        let vault = try await test.open()
        try await test.backUp(vault)
        let before = try await test.newest(vault).pages
        try test.write("other", to: "photos/17/123.txt")
        let summary = try await test.backUp(vault)
        let after = try await test.newest(vault).pages
        #expect(summary.filesChanged == 1 && summary.filesTotal == 20_000)
        #expect(Set(after).subtracting(before).count <= 2)
        #expect(before.count > 10)
        #expect(summary.packsStored == 2)
    }

    @Test func snapshotsOfOneSecondKeepTheirOrder() async throws {
        let test = try await TestVault()
        let vault = try await test.open()
        for number in 0..<8 {
            try test.write("version \(number)", to: "photos/note.txt")
            try await test.backUp(vault)
            expectSame(try await test.listed(vault), try test.tree(keys: vault.keys))
        }
        let ids = try await vault.snapshots(warn: test.warn).map(\.id)
        #expect(ids.count == 8 && Set(ids.map(\.time)).count == 8)
    }
}

extension Node {
    var isFile: Bool { if case .file = self { true } else { false } }
}

/// A folder that changes at random, in all the ways that a snapshot has to follow.
private struct RandomTree {
    let root: String
    var random: SeededGenerator

    /// Names that sort differently with and without the slash behind them.
    private static let names = ["a", "a-b", "a.txt", "a b", "ab", "A", "b", "b!", "\u{e9}", "z"]

    private var everything: [String] { below("").sorted() }

    private func below(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
        return names.flatMap { name in
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            return isFolder(path) ? [path] + below(path) : [path]
        }
    }

    private func remove(_ path: String) throws {
        for path in below(path).reversed() + [path] { try checked { Glibc.remove("\(root)/\(path)") } }
    }

    private mutating func pick(_ paths: [String]) -> String? { paths.randomElement(using: &random) }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat("\(root)/\(path)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private mutating func newName(in folder: String) -> String {
        let name =
            Self.names.randomElement(using: &random)!
            + (Int.random(in: 0..<3, using: &random) == 0
                ? "" : "\(Int.random(in: 0..<1000, using: &random))")
        return folder.isEmpty ? name : "\(folder)/\(name)"
    }

    private mutating func write(_ path: String) throws {
        // Some contents are equal.
        let content = String(
            repeating: "content \(Int.random(in: 0..<500, using: &random)) ",
            count: Int.random(in: 0..<5, using: &random))
        try Data(content.utf8).write(to: URL(fileURLWithPath: "\(root)/\(path)"))
    }

    private mutating func make(_ path: String, kind: Int) throws {
        let full = "\(root)/\(path)"
        switch kind {
        case 0: try checked { mkdir(full, 0o755) }
        case 1: try checked { symlink("target \(Int.random(in: 0..<50, using: &random))", full) }
        default: try write(path)
        }
    }

    mutating func grow(to count: Int) throws {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        var folders = [""]
        var made: Set<String> = []
        while made.count < count {
            let path = newName(in: folders.randomElement(using: &random)!)
            guard made.insert(path).inserted else { continue }
            let kind = Int.random(in: 0..<20, using: &random)
            try make(path, kind: kind)
            if kind == 0 { folders.append(path) }
        }
    }

    /// A few dozen changes of all kinds.
    mutating func edit() throws {
        for _ in 0..<Int.random(in: 1...30, using: &random) {
            let paths = everything
            guard let path = pick(paths) else { return try write("last") }
            switch Int.random(in: 0..<7, using: &random) {
            case 0, 1:
                if isFolder(path) { try addMany(to: path) } else { try write(path) }
            case 2: try remove(path)
            case 3:
                // Renamed, also onto what is there: a folder with all that is in it.
                let target = newName(in: (path as NSString).deletingLastPathComponent)
                guard !paths.contains(target) else { continue }
                try checked { rename("\(root)/\(path)", "\(root)/\(target)") }
            case 4:
                try remove(path)
                try make(path, kind: Int.random(in: 0..<3, using: &random))
            case 5: chmod("\(root)/\(path)", 0o700)  // Of a link that leads nowhere, it fails.
            default:
                let target = newName(in: "")
                guard !paths.contains(target) else { continue }
                try make(target, kind: Int.random(in: 0..<6, using: &random))
            }
        }
        if everything.isEmpty { try write("last") }
    }

    private mutating func addMany(to folder: String) throws {
        for _ in 0..<Int.random(in: 1...20, using: &random) {
            let path = newName(in: folder)
            if !FileManager.default.fileExists(atPath: "\(root)/\(path)") { try write(path) }
        }
    }
}
