import Foundation
import ObjectStore
import Testing

@Suite struct DirectoryProbeTests {
    @Test func aDirectoryIsAskedWhatCanBeAskedOfIt() async throws {
        try await withTemporaryDirectory { path in
            let store = DirectoryStore(name: "shelf", path: path)
            try await store.put(ObjectKey("packs/00/kept")!, [1])
            try await store.put(ObjectKey("probe/0123/left")!, [1])
            let report = try await store.probe()
            let expected: [ProbeQuestion: ProbeAnswer.Answer] = [
                .clock: .unknown, .listOrder: .yes, .rangeReads: .yes, .overwrite: .yes, .deletes: .yes,
                .versioning: .no, .protects: .no,
            ]
            #expect(
                Dictionary(uniqueKeysWithValues: report.answers.map { ($0.question, $0.answer) })
                    == expected)
            #expect(report.leftBehind == [])
            #expect(try await store.listAll(prefix: "").map(\.key.rawValue) == ["packs/00/kept"])
        }
    }

    @Test func aDirectoryThatIsNotThereCannotBeAsked() async throws {
        let store = DirectoryStore(name: "shelf", path: "/nonexistent/photobackup")
        let error = await #expect(throws: ObjectStoreError.self) { try await store.probe() }
        #expect(error?.code == .containerNotFound)
    }
}
