import ObjectStore
import Replicator
import SoakTesting
import Testing

@Suite struct SurveyMemoryTests {
    /// Held whole, two listings of a million names take over 200 MB. Runs in a process of its own, because
    /// what other tests hold at the same time would count too.
    @Test func aMillionObjectsInLittleMemory() async {
        await #expect(processExitsWith: .success) { try await surveyAMillionObjects() }
    }
}

private func surveyAMillionObjects() async throws {
    let objectCount = 1_000_000
    let missing: Set = [0, 123_456, 999_999]
    let replicas = ReplicaSet(stores: [
        MadeUpStore(name: "whole", objectCount: objectCount),
        MadeUpStore(name: "gaps", objectCount: objectCount, gaps: missing),
    ])
    var next = 0
    var rows: [SurveyRow] = []
    let before = try ProcessMemory.resident()
    let report = try await replicas.survey(prefixes: ["packs/"]) {
        let batch = (next..<min(next + 1000, objectCount)).map {
            NeededObject(key: MadeUpStore.key($0), byteCount: $0)
        }
        next += batch.count
        return batch
    } onBatch: { batch in
        rows += batch.rows
    }
    let growth = try ProcessMemory.peak() - before

    #expect(rows.map(\.key) == missing.sorted().map(MadeUpStore.key))
    #expect(rows.allSatisfy { $0.discrepancies.map(\.replica) == [1] })
    #expect(report.neededCount == objectCount)
    #expect(report.replicas.map { $0?.rightCount } == [objectCount, objectCount - missing.count])
    #expect(growth < 32 << 20, "grew by \(growth >> 20) MiB")
}
