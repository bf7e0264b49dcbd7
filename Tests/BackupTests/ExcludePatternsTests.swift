import Foundation
import SoakTesting
import Testing

@testable import Backup
@testable import Vault

@Suite struct ExcludePatternsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let patterns: [String]
        /// With a slash at the end if it is a folder.
        let path: String
        let isExcluded: Bool

        init(_ patterns: String..., path: String, _ isExcluded: Bool) {
            self.patterns = patterns
            self.path = path
            self.isExcluded = isExcluded
        }

        var testDescription: String { "\(patterns) on \(path)" }
    }

    static let cases = [
        Case("*.tmp", path: "a.tmp", true),
        Case("*.tmp", path: "deep/in/a.tmp", true),
        Case("*.tmp", path: "a.tmp.jpg", false),
        Case("*.tmp", path: ".tmp", true),
        Case("Cache/", path: "Cache/", true),
        Case("Cache/", path: "a/Cache/", true),
        Case("Cache/", path: "Cache", false),
        Case("/top", path: "top", true),
        Case("/top", path: "a/top", false),
        Case("a/b", path: "a/b", true),
        Case("a/b", path: "x/a/b", false),
        Case("a/*", path: "a/b", true),
        Case("a/*", path: "a/b/c", false),
        Case("a/**/b", path: "a/b", true),
        Case("a/**/b", path: "a/x/b", true),
        Case("a/**/b", path: "a/x/y/b", true),
        Case("a/**/b", path: "a/xb", false),
        Case("**/b", path: "b", true),
        Case("**/b", path: "x/y/b", true),
        Case("a/**", path: "a/x/y", true),
        Case("a/**", path: "a/", false),
        Case("a**b", path: "axxb", true),
        Case("a**b", path: "a/b", false),
        Case("*.jpg", "!keep.jpg", path: "keep.jpg", false),
        Case("*.jpg", "!keep.jpg", path: "other.jpg", true),
        Case("!keep.jpg", "*.jpg", path: "keep.jpg", true),
        Case("#a", path: "#a", false),
        Case(##"\#a"##, path: "#a", true),
        Case(#"\!a"#, path: "!a", true),
        Case(#"a\*"#, path: "a*", true),
        Case(#"a\*"#, path: "ab", false),
        Case("a  ", path: "a", true),
        Case(#"a\ "#, path: "a ", true),
        Case("IMG_[0-3]?", path: "IMG_2x", true),
        Case("IMG_[0-3]?", path: "IMG_4x", false),
        Case("[!a]", path: "b", true),
        Case("[!a]", path: "a", false),
        Case("[]a]", path: "]", true),
        Case(#"[\]]"#, path: "]", true),
        Case("é", path: "é", true),
        Case("", path: "a", false),
        Case("   ", path: "a", false),
        Case(path: "a", false),
    ]

    @Test(arguments: cases)
    func leavesOutWhatAPatternSays(_ example: Case) throws {
        let patterns = try ExcludePatterns(example.patterns)
        let isFolder = example.path.hasSuffix("/")
        let path = EntryPath(isFolder ? String(example.path.dropLast()) : example.path)
        #expect(patterns.excludes(path, isFolder: isFolder) == example.isExcluded)
    }

    @Test func matchesBytesThatAreNoText() throws {
        let path = EntryPath([0xFF, UInt8(ascii: "."), UInt8(ascii: "t")])!
        #expect(try ExcludePatterns(["*.t"]).excludes(path, isFolder: false))
        #expect(try ExcludePatterns(["?.t"]).excludes(path, isFolder: false))
        #expect(try !ExcludePatterns(["??.t"]).excludes(path, isFolder: false))
    }

    @Test(arguments: [
        "/", "!", "!/", "a//b", "a/../b", "./a", "[a", "a[", #"[\]"#, "[]", #"a\"#, #"a\\\"#, #"a\/"#, "\0",
    ])
    func refusesWhatCanMatchNothing(pattern: String) {
        #expect { _ = try ExcludePatterns(["ok", pattern]) } throws: {
            let error = $0 as? SourceError
            return error?.code == .pattern && error?.source == pattern && error?.hint != nil
        }
    }

    /// git itself says which files of a tree remain.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git"), "git is not installed"),
        arguments: UInt64(1)...40)
    func leavesOutWhatGitLeavesOut(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let scratch = try ScratchFolder()
        let names = ["a", "b", "ab", "a.tmp", ".c", "a b", "[x]"]
        for first in names {
            for second in names {
                for third in ["a", "b.tmp", "ab"] where Bool.random(using: &random) {
                    try scratch.write(to: "tree/\(first)-\(second)/\(second)/\(third)")
                }
                try scratch.write(to: "tree/\(second)/\(first)/a")
            }
        }
        let parts = names + ["*", "**", "?", "a*", "*b", "[ab]", "[!a]", "*.tmp", #"\[x]"#, "a-*"]
        let patterns = (0..<Int.random(in: 1...5, using: &random)).map { _ in
            let components = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                parts.randomElement(using: &random)!
            }
            return (Int.random(in: 0..<4, using: &random) == 0 ? "!" : "")
                + (Int.random(in: 0..<3, using: &random) == 0 ? "/" : "") + components.joined(separator: "/")
                + (Int.random(in: 0..<3, using: &random) == 0 ? "/" : "")
        }
        try scratch.write(patterns.joined(separator: "\n") + "\n", to: "patterns")
        try run("/usr/bin/git", "init", "-q", "--bare", scratch("git"))
        let remaining = try run(
            "/usr/bin/git", "--git-dir=\(scratch("git"))", "--work-tree=\(scratch("tree"))", "-C",
            scratch("tree"),
            "ls-files", "--others", "-z", "--exclude-from=\(scratch("patterns"))")
        let expected = remaining.split(separator: 0).map { "tree/" + String(decoding: $0, as: UTF8.self) }
        let files = try walk(scratch("tree"), excluding: patterns).compactMap { event in
            event.item.flatMap { $0.directory == nil ? displayed($0.path) : nil }
        }
        #expect(Set(files) == Set(expected), "\(patterns)")
    }
}
