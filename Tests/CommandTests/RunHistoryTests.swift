import Foundation
import Testing

@testable import photobackup

@Suite struct RunHistoryTests {
    private let folder = NSTemporaryDirectory() + "/photobackup-runs-\(UUID().uuidString)"

    private func run(_ number: Int) -> RunHistory.Run {
        RunHistory.Run(
            command: "backup", started: Int64(number), ended: Int64(number) + 5, exitCode: Int32(number % 6))
    }

    @Test func theLastRunsAreKeptInOrderAndTheFileStaysSmall() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let history = RunHistory(stateFolder: folder + "/state")
        #expect(history.runs.isEmpty)
        for number in 0..<2000 { history.add(run(number)) }
        #expect(history.runs == (1800..<2000).map(run))
        let content = try Data(contentsOf: URL(fileURLWithPath: folder + "/state/runs.jsonl"))
        #expect(content.count < 70_000)
    }

    @Test func aLineThatIsNoneIsLeftOut() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let history = RunHistory(stateFolder: folder)
        history.add(run(1))
        let file = try #require(FileHandle(forWritingAtPath: folder + "/runs.jsonl"))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{\"command\":\n\u{0}\n".utf8))
        history.add(run(2))
        #expect(history.runs == [run(1), run(2)])
    }
}
