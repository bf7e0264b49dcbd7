import Foundation
import ObjectStore
import Replicator
import Testing

@Suite struct SurveyMemoryTests {
    /// Held whole, two listings of a million names would take over 150 MB.
    @Test func aMillionObjectsInLittleMemory() async throws {
        let objectCount = 1_000_000
        let missing: Set = [0, 123_456, 999_999]
        let replicas = ReplicaSet(stores: [
            MadeUpStore(name: "whole", objectCount: objectCount),
            MadeUpStore(name: "gaps", objectCount: objectCount, gaps: missing),
        ])
        var next = 0
        var rows: [SurveyRow] = []
        let before = try residentMemory().now
        let report = try await replicas.survey(prefixes: ["packs/"]) {
            let batch = (next..<min(next + 1000, objectCount)).map {
                NeededObject(key: MadeUpStore.key($0), byteCount: $0)
            }
            next += batch.count
            return batch
        } onBatch: { batch in
            rows += batch.rows
        }
        let growth = try residentMemory().peak - before

        #expect(rows.map(\.key) == missing.sorted().map(MadeUpStore.key))
        #expect(rows.allSatisfy { $0.discrepancies.map(\.replica) == [1] })
        #expect(report.neededCount == objectCount)
        #expect(report.replicas.map { $0?.rightCount } == [objectCount, objectCount - missing.count])
        #expect(growth < 32 << 20, "grew by \(growth >> 20) MiB")
    }

    /// What the process has resident, and the most it had since the last call, in bytes (proc(5)).
    private func residentMemory() throws -> (now: Int, peak: Int) {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        func byteCount(_ field: String) throws -> Int {
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(field) })
            return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1])) * 1024
        }
        // "5" makes the peak start anew from what is resident now.
        try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
        return (try byteCount("VmRSS:"), try byteCount("VmHWM:"))
    }
}
