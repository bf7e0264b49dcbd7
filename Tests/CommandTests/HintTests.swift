import Foundation
import Testing

/// Each hint of the program has a row in `HintTable`, which names the test that does what the hint says and finds that it
/// helps. A few need what no test can have.
@Suite struct HintTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    @Test func everyHintHasARowAndEveryRowAHint() throws {
        let given = try HintCollection(sources: Self.project + "/Sources").hints
        let rows = Set(HintTable.rows.map(\.hint))
        #expect(
            given.subtracting(rows).sorted() == [], "these hints are tried by no test: add a row for each")
        #expect(rows.subtracting(given).sorted() == [], "no source gives these hints any more")
        #expect(rows.count == HintTable.rows.count, "a hint has two rows")
        #expect(HintTable.text.split(separator: "\n").count == HintTable.rows.count, "a row names no test")
    }

    @Test func everyTestThatIsNamedIsThere() throws {
        let tests = try Self.tests()
        for row in HintTable.rows {
            guard case .test(let test) = row.trial else { continue }
            #expect(tests.contains(test), "\(row.hint): there is no test \(test)")
        }
    }

    @Test func fewHintsAreTriedByNobody() {
        let reasons = HintTable.rows.compactMap { row -> String? in
            guard case .outside(let reason) = row.trial else { return nil }
            return reason
        }
        #expect(reasons.count <= HintTable.outsideLimit)
        #expect(reasons.allSatisfy { !$0.isEmpty })
    }

    /// As `Suite.function`, a file being named as its suite.
    private static func tests() throws -> Set<String> {
        var tests: Set<String> = []
        let folder = project + "/Tests"
        for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init()
        where name.hasSuffix("Tests.swift") {
            let suite = (name as NSString).lastPathComponent.dropLast(6)
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            for function in text.matches(of: /@Test[\s\S]*?func (\w+)\(/) {
                tests.insert("\(suite).\(function.1)")
            }
        }
        return tests
    }
}
