import Crypto
import Foundation
import ObjectStore
import Testing

@testable import Backup
@testable import Vault

/// A hash that was written down shows what nothing else can: a consistent roll-back of the only replica.
@Suite struct FlowExpectedHeadTests {
    private func head(_ key: ObjectKey, length: Int = 64) throws -> ExpectedHead {
        try #require(ExpectedHead(String(key.contentDigest!.hex.prefix(length))))
    }

    private func isShown(_ head: ExpectedHead, _ test: TestVault, anew: Bool = true) async throws -> Bool {
        let vault = anew ? try await test.openAnew() : try await test.open()
        do {
            try await vault.require(head, warn: test.warn)
        } catch let error as HeadError {
            #expect(error.head == head)
            let status = try await test.access().status(expectedHead: head)
            #expect(status.missingHead == head && status.isDamaged)
            return false
        }
        #expect(try await test.access().status(expectedHead: head).missingHead == nil)
        return true
    }

    @Test func aConsistentRollBackToANewMachine() async throws {
        let history = try await FlowFreshnessTests.History(replicaCount: 1)
        let (test, newest) = (history.test, try head(history.snapshots[2]))
        #expect(try await isShown(newest, test))
        history.rollBack()
        // Nothing can tell: this is what the hash is for.
        let anew = try await test.openAnew()
        #expect(try await history.found(by: anew) == [:])
        #expect(try await test.newest(anew).time == SnapshotID(history.snapshots[0])?.time)
        #expect(try await !isShown(newest, test))
        #expect(try await !isShown(try head(history.snapshots[2], length: 8), test))
        #expect(try await isShown(try head(history.snapshots[0], length: 8), test))
    }

    @Test func whatLaterObjectsNameHasNotBeenRolledBack() async throws {
        let history = try await FlowFreshnessTests.History(replicaCount: 1)
        let second = try head(history.snapshots[1])
        history.test.replicas[0].hide([history.snapshots[1]])
        #expect(try await isShown(second, history.test))
        #expect(try await isShown(second, history.test, anew: false))
        history.rollBack()
        #expect(try await !isShown(second, history.test, anew: false))
    }

    @Test func aForgottenSnapshotIsKnownByItsTombstone() async throws {
        let history = try await FlowFreshnessTests.History(replicaCount: 1)
        try await history.test.plantTombstone(of: [history.snapshots[0]], by: history.vault)
        history.test.replicas[0].hide([history.snapshots[0]])
        #expect(try await isShown(try head(history.snapshots[0]), history.test))
    }

    @Test func aPlantedNameProvesNothing() async throws {
        let history = try await FlowFreshnessTests.History(replicaCount: 1)
        let (test, newest) = (history.test, history.snapshots[2])
        history.rollBack()
        // The name of the true one, with other bytes.
        let replica = test.replicas[0]
        try await replica.plant(newest, [1, 2, 3])
        replica.show(only: { [moment = history.moments[0]] in moment.contains($0.key) || $0.key == newest })
        #expect(try await !isShown(try head(newest), test))
        // A restore goes on with what there is, and says so.
        let found = try await test.openAnew().find(SnapshotSelection("Photos"), warn: test.warn)
        #expect(found.id == SnapshotID(history.snapshots[0]))
        #expect(found.passedOver == [SnapshotID(newest)])
    }

    @Test func whatIsNoHash() {
        #expect(ExpectedHead("1234567") == nil)
        #expect(ExpectedHead("xyzxyzxyz") == nil)
        #expect(ExpectedHead("") == nil)
        #expect(ExpectedHead(String(repeating: "a", count: 65)) == nil)
        #expect(ExpectedHead("abcdef01") != nil)
        #expect(ExpectedHead("20261121-172800-" + String(repeating: "a", count: 64)) != nil)
    }
}
