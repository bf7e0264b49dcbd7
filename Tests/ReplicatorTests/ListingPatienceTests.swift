import ObjectStore
import Testing

@testable import Replicator

/// Who holds up the others is left out, once a quorum has answered.
@Suite struct ListingPatienceTests {
    private func replicas(_ patience: ListingPatience) -> ReplicaSet {
        let replicas = ReplicaSet(stores: ["a", "b", "c"].map { InMemoryStore($0) })
        replicas.listingPatience = patience
        return replicas
    }

    @Test func whoNeverAnswersIsLeftOut() async throws {
        let gate = Gate()
        let replicas = replicas(ListingPatience(leastGrace: .milliseconds(10)))
        let answers = await replicas.askEach([0, 1, 2]) { replica -> Result<Int, ObjectStoreError> in
            // The gate ends when the call is cancelled.
            if replica == 1 {
                do throws(ObjectStoreError) { try await gate.pass() } catch { return .failure(error) }
            }
            return .success(replica)
        }
        #expect(try answers[0]?.get() == 0 && answers[2]?.get() == 2)
        #expect(throws: ObjectStoreError.self) { try answers[1]?.get() }
        guard case .failure(let error)? = answers[1] else { return }
        #expect(error.store == "b" && error.code == .timedOut && error.reason.contains("left out"))
        // It is asked last from now on.
        #expect(replicas.health.readingOrder() == [0, 2, 1])
    }

    /// A thread that hangs in a file system cannot be cancelled.
    @Test func aCallThatCannotBeCancelledIsNotWaitedFor() async throws {
        let (never, end) = AsyncStream<Void>.makeStream()
        defer { end.finish() }
        let answers = await replicas(ListingPatience(leastGrace: .milliseconds(10))).askEach([0, 1, 2]) {
            replica -> Result<Int, ObjectStoreError> in
            if replica == 0 { await Task.detached { for await _ in never {} }.value }
            return .success(replica)
        }
        #expect(throws: ObjectStoreError.self) { try answers[0]?.get() }
        #expect(answers.count == 3)
    }

    /// The first to answer may be the one that lies.
    @Test func oneAnswerIsNotEnough() async throws {
        let gates = [Gate(), Gate()]
        let replicas = replicas(ListingPatience(leastGrace: .zero))
        let asking = Task {
            await replicas.askEach([0, 1, 2]) { replica -> Result<Int, ObjectStoreError> in
                if replica > 0 { try? await gates[replica - 1].pass() }
                return .success(replica)
            }
        }
        for gate in gates { await gate.waitForArrival() }
        gates[0].open()
        let answers = await asking.value
        #expect(try answers[0]?.get() == 0 && answers[1]?.get() == 1)
        gates[1].open()
    }

    @Test func everyoneIsWaitedForWhereThatIsMeant() async throws {
        let gate = Gate()
        let replicas = replicas(.everyone)
        let asking = Task {
            await replicas.askEach([0, 1, 2]) { replica -> Result<Int, ObjectStoreError> in
                if replica == 2 { try? await gate.pass() }
                return .success(replica)
            }
        }
        await gate.waitForArrival()
        gate.open()
        let answers = await asking.value
        #expect(try answers[2]?.get() == 2)
    }

    @Test func whoFailsIsNoQuorumAndCancellingEndsAll() async throws {
        let gate = Gate()
        let replicas = replicas(ListingPatience(leastGrace: .zero))
        let asking = Task {
            await replicas.askEach([0, 1, 2]) { replica -> Result<Int, ObjectStoreError> in
                if replica == 0 { return .success(0) }
                if replica == 1 { return .failure(ObjectStoreError(.timedOut, store: "b", reason: "no")) }
                do throws(ObjectStoreError) { try await gate.pass() } catch { return .failure(error) }
                return .success(2)
            }
        }
        await gate.waitForArrival()
        asking.cancel()
        let answers = await asking.value
        guard case .failure(let error)? = answers[2] else {
            Issue.record("it was not waited for")
            return
        }
        #expect(error.code == .cancelled)
    }

    @Test func theGraceFollowsWhatTheQuorumTook() {
        #expect(ListingPatience.reading.grace(afterQuorumTook: .seconds(1)) == .seconds(10))
        #expect(ListingPatience.reading.grace(afterQuorumTook: .seconds(20)) == .seconds(60))
        #expect(ListingPatience.writing.grace(afterQuorumTook: .seconds(1)) == .seconds(60))
        #expect(ListingPatience.everyone.grace(afterQuorumTook: .zero) == nil)
    }

    /// A survey remembers what nothing needs: a listing that is filled without end is given up.
    @Test func aListingOfStraysWithoutEndIsGivenUp() async throws {
        let surveyed = try await Surveyed(
            [MadeUpStore(name: "endless", objectCount: .max), MadeUpStore(name: "whole", objectCount: 1000)],
            prefixes: ["packs/"],
            needed: (0..<1000).map { NeededObject(key: MadeUpStore.key($0), byteCount: $0) }, batchSize: 1000)
        let failure = try #require(surveyed.report.replicas[0]?.failure)
        #expect(failure.code == .malformedAnswer && failure.store == "endless")
        #expect(surveyed.report.replicas[1]?.rightCount == 1000)
        #expect(surveyed.rows.count <= SurveyMerge.freeStrayCount + 3000)
    }
}
