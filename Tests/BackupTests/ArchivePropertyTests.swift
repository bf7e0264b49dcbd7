import Foundation
import SoakTesting
import Testing

@testable import Backup
@testable import Vault

/// Whatever becomes of the sources, nothing that an archive has is gone after the next run into it.
@Suite struct ArchivePropertyTests {
    @Test(arguments: 0..<12 as Range<UInt64>)
    func noPathOfTheLastSnapshotIsGone(seed: UInt64) async throws {
        var sources = try await RandomSources(seed: seed)
        let (test, vault) = (sources.test, try await sources.test.open())
        var before: [String: Node] = [:]
        var outcomes: Set<Bool> = []
        for _ in 0..<10 {
            try sources.change()
            let request = try sources.request()
            let stored = try await test.replicas[0].names("")
            let foreseen = await sources.refusal(of: request, isDryRun: true, by: vault)
            #expect(try await test.replicas[0].names("") == stored, "a dry run has stored something")
            let refused = await sources.refusal(of: request, isDryRun: false, by: vault)
            #expect(foreseen == refused, "seed \(seed): the dry run decided otherwise")
            outcomes.insert(refused == nil)
            guard refused == nil else {
                #expect(try await test.replicas[0].names("") == stored, "refused, and sent something")
                if !before.isEmpty { expectSame(try await test.listed(vault, "Shoot"), before) }
                continue
            }
            let after = try await test.listed(vault, "Shoot")
            for (path, node) in before {
                let now = after[path]
                #expect(now != nil, "seed \(seed): \(path) is gone")
                switch (node, now) {
                case (.file, .file), (.folder, .folder), (.link, _), (_, nil): break
                case (_, let other?): Issue.record("seed \(seed): \(path), \(node), has become \(other)")
                }
                if case .file = node, request.rules.onConflict == .refuse {
                    #expect(now?.content == node.content, "seed \(seed): \(path) has other content")
                }
            }
            before = after
        }
        #expect(outcomes.contains(true))
    }
}

extension Node {
    /// Of a file, without its time.
    fileprivate var content: [String]? {
        if case .file(_, _, let chunks) = self { chunks } else { nil }
    }
}

/// Two source folders whose paths change what they are.
private struct RandomSources {
    let test: TestVault
    private var random: SeededGenerator

    init(seed: UInt64) async throws {
        test = try await TestVault()
        random = SeededGenerator(seed: seed)
    }

    /// Makes a few paths, somewhere, something else than they were.
    mutating func change() throws {
        for root in ["one", "two"] {
            try test.write("always there", to: "\(root)/z")
            for _ in 0..<3 {
                let path =
                    "\(root)/"
                    + (0..<random.pick([1, 1, 2, 3])).map { _ in random.pick(["a", "b"]) }
                    .joined(separator: "/")
                try make(path)
            }
        }
    }

    private mutating func make(_ path: String) throws {
        // What stands in its way goes first.
        var folder = ""
        for name in path.split(separator: "/").dropLast() {
            folder += (folder.isEmpty ? "" : "/") + name
            if !Self.isFolder(test.source(folder)) { try test.remove(folder) }
        }
        try test.remove(path)
        try test.scratch.makeFolder("sources/" + folder)
        switch random.pick([0, 1, 1, 1, 2, 3, 4]) {
        case 0: break
        case 1: try test.write(String(repeating: "x", count: random.pick([1, 1, 2, 300])), to: path)
        case 2: try test.scratch.makeFolder("sources/" + path)
        case 3: try test.write("in a folder", to: "\(path)/\(random.pick(["a", "b"]))")
        default: try test.scratch.link("sources/" + path, to: random.pick(["z", "a"]))
        }
    }

    /// Some of the sources, or a single file, with a label, patterns and leave to replace as it comes.
    mutating func request() throws -> BackupRequest {
        var rules = ScanRules.archive
        if random.chance(60) { rules.onConflict = .replace }
        rules.readsUnchanged = random.chance(30)
        let names = random.pick([["one"], ["two"], ["one", "two"], ["one/z"], ["one"]])
        let label =
            names.count == 1 && random.chance(30) ? Array(random.pick(["one", "two", "a"]).utf8) : nil
        return BackupRequest(
            collection: "Shoot",
            sources: names.map { SourceRoot(path: test.source($0), label: label) },
            excludes: try ExcludePatterns(random.chance(30) ? [random.pick(["a", "b/", "/a/b"])] : []),
            rules: rules)
    }

    /// What a run is refused for, in words; nil where it is not.
    func refusal(of request: BackupRequest, isDryRun: Bool, by vault: OpenVault) async -> String? {
        var request = request
        request.isDryRun = isDryRun
        do {
            try await test.store(vault, request)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
