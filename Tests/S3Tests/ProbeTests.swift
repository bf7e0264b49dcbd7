import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// What a probe finds on the real servers is what they do, as `docs/PROVIDERS.md` tells it.
@Suite struct ProbeTests {
    typealias Answers = [ProbeQuestion: ProbeAnswer.Answer]

    private func answers(_ report: ProbeReport) -> Answers {
        Answers(uniqueKeysWithValues: report.answers.map { ($0.question, $0.answer) })
    }

    private static let common: Answers = [
        .region: .no, .listOrder: .yes, .listPaging: .yes, .rangeReads: .yes, .overwrite: .yes,
        .packSize: .yes, .keepsObjects: .yes,
        .payloadHash: .no, .checksumWanted: .no, .checksumAccepted: .yes, .deletes: .yes,
        .storageClasses: .yes,
    ]

    private static let expected: [String: Answers] = [
        "seaweedfs": [
            .signature: .yes, .clock: .yes, .contentMD5: .yes, .checksumChecked: .yes, .checksumStored: .yes,
            .conditionalPut: .yes, .presignedURLs: .yes, .versioning: .no, .lockStored: .unsupported,
            .lockEnforced: .unsupported, .protects: .no,
        ],
        "rclone": [
            .signature: .yes, .clock: .yes, .contentMD5: .yes, .checksumChecked: .no, .checksumStored: .yes,
            .conditionalPut: .ignored, .presignedURLs: .yes, .versioning: .no, .lockStored: .yes,
            .lockEnforced: .no, .protects: .no,
        ],
        "moto": [
            .signature: .no, .clock: .no, .contentMD5: .no, .checksumChecked: .no, .checksumStored: .no,
            .conditionalPut: .yes, .presignedURLs: .ignored, .versioning: .no, .lockStored: .unsupported,
            .lockEnforced: .unsupported, .protects: .no,
        ],
    ]

    @Test(arguments: ["seaweedfs", "rclone", "moto"])
    func aProbeFindsWhatAServerDoes(_ name: String) async throws {
        let store = try await LockingBucket.store(on: name, isLocking: false)
        let report = try await store.probe()
        #expect(answers(report) == Self.common.merging(Self.expected[name]!) { $1 })
        #expect(report.leftBehind == [])
        #expect(try await store.listAll(prefix: "").isEmpty, "a probe deletes what it made")
    }

    @Test(arguments: ["seaweedfs", "moto"])
    func versionsAndAnEnforcedLockReallyProtect(_ name: String) async throws {
        let store = try await LockingBucket.store(on: name)
        let report = try await store.probe()
        for question in [ProbeQuestion.versioning, .lockStored, .lockEnforced, .protects] {
            #expect(report[question]?.answer == .yes, "\(question.rawValue)")
        }
        // A version of the locked object, and nothing else, is still there, out of sight, and named.
        #expect(report.leftBehind.count == 1)
        let left = try #require(report.leftBehind.first)
        #expect(left.name.hasPrefix("probe/") && left.name.hasSuffix("/locked"))
        #expect(try await store.listAll(prefix: "").isEmpty)
    }

    /// rclone keeps the date of a lock and deletes the object all the same.
    @Test func aLockThatIsStoredAndNotEnforcedIsToldSo() async throws {
        let report = try await LockingBucket.store(on: "rclone").probe()
        #expect(report[.lockStored]?.answer == .yes)
        #expect(report[.lockEnforced]?.answer == .no)
        #expect(report[.lockEnforced]?.concern?.contains("lock_days protects nothing here") == true)
        #expect(report[.protects]?.answer == .no)
    }

    /// A precondition that is silently ignored is worse than a 501.
    @Test func anIgnoredPreconditionIsToldSo() async throws {
        let report = try await Servers.named("rclone").store(prefix: "probe-\(randomName())").probe()
        #expect(report[.conditionalPut]?.concern?.contains("worse than a refusal") == true)
    }

    @Test func whatAnEarlierProbeLeftIsDeleted() async throws {
        let store = try await LockingBucket.store(on: "seaweedfs", isLocking: false)
        try await store.put(ObjectKey("probe/0123/left")!, [1])
        try await store.put(ObjectKey("packs/00/kept")!, [1])
        _ = try await store.probe()
        #expect(try await store.listAll(prefix: "").map(\.key.rawValue) == ["packs/00/kept"])
    }

    @Test func aProbeThatCannotAskFailsWithTheCause() async throws {
        let server = try Servers.named("seaweedfs")
        let noBucket = try S3Store(server.configuration(bucket: "no-such-bucket"))
        #expect(
            await code { () throws(ObjectStoreError) in try await noBucket.probe() } == .containerNotFound)
        let wrongSecret = try S3Store(server.configuration(secretAccessKey: "wrong"))
        #expect(
            await code { () throws(ObjectStoreError) in try await wrongSecret.probe() } == .signatureRefused)
    }

    private func randomName() -> String { String(UInt64.random(in: 0 ... .max), radix: 16) }
}
