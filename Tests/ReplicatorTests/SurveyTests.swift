import Crypto
import ObjectStore
import Synchronization
import Testing

@testable import Replicator

/// A survey's whole result, for tests whose listings are small.
struct Surveyed {
    var rows: [SurveyRow] = []
    var foreignNames: [ForeignName] = []
    var report = SurveyReport(replicas: [])

    init(
        _ stores: [any ObjectStore], prefixes: [String], on replicas: [Int]? = nil, needed: [NeededObject],
        batchSize: Int = 3
    ) async throws {
        var rest = needed[...]
        report = try await ReplicaSet(stores: stores).survey(prefixes: prefixes, on: replicas) {
            defer { rest = rest.dropFirst(batchSize) }
            return Array(rest.prefix(batchSize))
        } onBatch: { batch in
            rows += batch.rows
            foreignNames += batch.foreignNames
        }
    }
}

@Suite struct SurveyTests {
    private func store(
        _ name: String, _ objects: [String: Int], pageSize: Int = 2, foreignNames: [String] = []
    ) -> InMemoryStore {
        let store = InMemoryStore(name, pageSize: pageSize, foreignNames: foreignNames)
        for (key, byteCount) in objects { store[ObjectKey(key)!] = Array(repeating: 0, count: byteCount) }
        return store
    }

    private func needed(_ objects: KeyValuePairs<String, Int?>) -> [NeededObject] {
        objects.map { NeededObject(key: ObjectKey($0)!, byteCount: $1) }
    }

    @Test func eachKindOfDiscrepancyMakesARow() async throws {
        let whole = ["p/a": 1, "p/b": 2, "p/c": 3, "p/d": 4]
        let surveyed = try await Surveyed(
            [store("whole", whole), store("damaged", ["p/b": 1, "p/c": 4, "p/d": 4, "p/e": 5])],
            prefixes: ["p/"], needed: needed(["p/a": 1, "p/b": 2, "p/c": 3, "p/d": 4]))

        #expect(surveyed.rows.map(\.key.rawValue) == ["p/a", "p/b", "p/c", "p/e"])
        #expect(surveyed.rows[0].listed == [.present(byteCount: 1, modified: 0), .absent])
        #expect(
            surveyed.rows.flatMap(\.discrepancies)
                == [
                    ("p/a", .missing, 1, nil), ("p/b", .truncated, 2, 1), ("p/c", .corrupt, 3, 4),
                    ("p/e", .stray, nil, 5),
                ].map { (key: String, kind: Discrepancy.Kind, expected: Int?, found: Int?) in
                    Discrepancy(
                        replica: 1, key: ObjectKey(key)!, kind: kind, expectedByteCount: expected,
                        foundByteCount: found)
                })
        #expect(surveyed.report.neededCount == 4)
        #expect(surveyed.report.replicas.map { $0?.rightCount } == [4, 1])
        #expect(surveyed.report.replicas.map { $0?.rightByteCount } == [10, 4])
        #expect(surveyed.report.replicas.map { $0?.listedCount } == [4, 4])
        #expect(surveyed.report.replicas.map { $0?.requestCount } == [2, 3])
    }

    /// A listing that lags behind lacks what HEAD shows.
    @Test func whatAListingLacksIsAskedFor() async throws {
        let objects = Dictionary(uniqueKeysWithValues: (100..<400).map { ("p/\($0)", 1) })
        let need = (100..<400).map { NeededObject(key: ObjectKey("p/\($0)")!, byteCount: 1) }
        let lagging = LaggingStore(store("lagging", objects))
        let surveyed = try await Surveyed(
            [store("whole", objects, pageSize: 1000), lagging], prefixes: ["p/"], needed: need)
        #expect(surveyed.rows.flatMap(\.discrepancies).isEmpty)
        #expect(surveyed.report.replicas.map { $0?.rightCount } == [300, 300])
    }

    /// An emptied place is believed after a while: a request for each object would be for nothing.
    @Test func anEmptiedPlaceIsNotAskedForEachObject() async throws {
        let need = (1000..<3000).map { NeededObject(key: ObjectKey("p/\($0)")!, byteCount: 1) }
        let surveyed = try await Surveyed([store("empty", [:])], prefixes: ["p/"], needed: need)
        #expect(surveyed.rows.flatMap(\.discrepancies).count == 2000)
        let requestCount = try #require(surveyed.report.replicas[0]?.requestCount)
        #expect((AbsenceLook.limit..<(AbsenceLook.limit + 20)).contains(requestCount))
    }

    @Test func nothingNeededAndNothingThere() async throws {
        let surveyed = try await Surveyed([store("s", [:])], prefixes: ["p/"], needed: [])
        #expect(surveyed.rows.isEmpty)
        #expect(surveyed.report.neededCount == 0)
        #expect(surveyed.report.replicas[0]?.failure == nil)
    }

    @Test func anEmptyReplicaMissesAll() async throws {
        let surveyed = try await Surveyed(
            [store("s", [:])], prefixes: ["p/"], needed: needed(["p/a": 1, "p/b": nil]))
        #expect(surveyed.rows.map(\.listed) == [[.absent], [.absent]])
    }

    @Test func prefixesAreListedOnceAndNothingBesideThem() async throws {
        let replica = ScriptedStore(
            store("s", ["a/1": 1, "a/b/1": 1, "ab/1": 1, "c/1": 1, "README.txt": 1], pageSize: 10))
        let surveyed = try await Surveyed(
            [replica], prefixes: ["c/", "a/", "a/b/", "README.txt", "a/"], needed: [])
        #expect(surveyed.rows.map(\.key.rawValue) == ["README.txt", "a/1", "a/b/1", "c/1"])
        #expect(
            replica.calls
                == ["README.txt", "a/", "c/"].map { .list(prefix: $0, token: nil) })
    }

    @Test func aSizeThatNothingStatesMustBeTheSameEverywhere() async throws {
        let stores = [store("a", ["p/a": 1, "p/b": 1]), store("b", ["p/a": 1, "p/b": 2])]
        let surveyed = try await Surveyed(
            stores, prefixes: ["p/"], needed: needed(["p/a": nil, "p/b": nil]))
        #expect(surveyed.rows.map(\.key.rawValue) == ["p/b"])
        #expect(surveyed.rows[0].discrepancies.isEmpty)
    }

    @Test func onlyTheGivenReplicasAreAsked() async throws {
        let stores = ["a", "b"].map { ScriptedStore(store($0, [:])) }
        let surveyed = try await Surveyed(
            stores, prefixes: ["p/"], on: [1], needed: needed(["p/a": 1]))
        #expect(surveyed.rows.map(\.listed) == [[.unknown, .absent]])
        #expect(surveyed.report.replicas[0] == nil)
        #expect(stores.map(\.calls.count) == [0, 1])
    }

    @Test func foreignNamesAreNamed() async throws {
        let stores = [store("a", ["p/a": 1]), store("b", ["p/a": 1], foreignNames: ["p/Ünlaut", "p/A"])]
        let surveyed = try await Surveyed(stores, prefixes: ["p/"], needed: needed(["p/a": 1]))
        #expect(surveyed.foreignNames.map(\.name) == ["p/Ünlaut", "p/A"])
        #expect(surveyed.foreignNames.allSatisfy { $0.replica == 1 })
    }

    @Test(arguments: [1, 2, 3])
    func aFailingListingIsUnknownAndNeverEmpty(failingCall: Int) async throws {
        let objects = ["p/a": 1, "p/b": 1, "p/c": 1, "p/d": 1, "p/e": 1, "p/f": 1]
        let call = Mutex(0)
        let failing = ScriptedStore(
            store("failing", objects),
            script: { _ throws(ObjectStoreError) in
                let number = call.withLock { call in
                    call += 1
                    return call
                }
                if number == failingCall {
                    throw ObjectStoreError(.timedOut, store: "failing", reason: "late")
                }
            })
        let other = store("other", objects.filter { $0.key != "p/f" })
        let surveyed = try await Surveyed(
            [failing, other], prefixes: ["p/"],
            needed: objects.keys.sorted().map { NeededObject(key: ObjectKey($0)!, byteCount: 1) })

        #expect(surveyed.rows.map(\.key.rawValue) == ["p/f"])
        #expect(surveyed.rows.map(\.listed) == [[.unknown, .absent]])
        #expect(surveyed.report.replicas[0]?.failure?.code == .timedOut)
        #expect(surveyed.report.replicas[0]?.rightCount == 2 * (failingCall - 1))
        #expect(surveyed.report.replicas[1]?.failure == nil)
        #expect(surveyed.report.replicas[1]?.rightCount == 5)
    }

    @Test func ofListingsThatAllFailNothingIsMissing() async throws {
        let stores = ["a", "b"].map { ScriptedStore(store($0, [:]), failing: .connectionFailed) }
        let surveyed = try await Surveyed(stores, prefixes: ["p/"], needed: needed(["p/a": 1, "p/b": 1]))
        #expect(surveyed.rows.isEmpty)
        #expect(surveyed.report.neededCount == 2)
        #expect(surveyed.report.replicas.allSatisfy { $0?.failure?.code == .connectionFailed })
    }

    enum Disorder: CaseIterable {
        case reversed
        case repeated
        case outsidePrefix
        case stuck
    }

    @Test(arguments: Disorder.allCases)
    func aListingThatIsNotSortedFails(disorder: Disorder) async throws {
        let bad = ScriptedStore(
            store("bad", ["p/a": 1, "p/b": 1, "p/c": 1]),
            rearrange: { page in
                switch disorder {
                case .reversed: ListPage(objects: page.objects.reversed(), nextToken: page.nextToken)
                case .repeated:
                    ListPage(objects: page.objects + page.objects.suffix(1), nextToken: page.nextToken)
                case .outsidePrefix:
                    ListPage(
                        objects: page.objects + [
                            ObjectInfo(key: ObjectKey("q/z")!, byteCount: 1, modified: 0)
                        ], nextToken: page.nextToken)
                case .stuck: ListPage(objects: [], nextToken: "p/b")
                }
            })
        let surveyed = try await Surveyed([bad], prefixes: ["p/"], needed: needed(["p/a": 1, "p/b": 1]))
        #expect(surveyed.report.replicas[0]?.failure?.code == .malformedAnswer)
        #expect(surveyed.report.replicas[0]?.failure?.store == "bad")
        #expect(surveyed.rows.isEmpty)
    }

    @Test(arguments: [["p/b", "p/a"], ["p/a", "p/a"], ["q/a"], ["p/a", "p/b", "p/c", "p/c"]])
    func neededObjectsMustAscendUnderThePrefixes(keys: [String]) async throws {
        let error = await #expect(throws: ReplicaSetError.self) {
            try await Surveyed(
                [store("s", [:])], prefixes: ["p/"],
                needed: keys.map { NeededObject(key: ObjectKey($0)!, byteCount: 1) })
        }
        #expect(error?.code == .disordered)
        #expect(error?.key.rawValue == keys.last)
    }

    @Test func cancellingIsNotAnAnswer() async throws {
        let gate = Gate()
        let slow = ScriptedStore(
            store("slow", [:]), script: { _ throws(ObjectStoreError) in try await gate.pass() })
        let needed = needed(["p/a": 1])
        let survey = Task { try await Surveyed([slow], prefixes: ["p/"], needed: needed) }
        await gate.waitForArrival()
        survey.cancel()
        await #expect(throws: CancellationError.self) { try await survey.value }
    }

    @Test func theNextPageIsOnItsWayWhileTheFirstIsMerged() async throws {
        let gate = Gate()
        let paged = ScriptedStore(
            store("s", ["p/a": 1, "p/b": 1, "p/c": 1]),
            script: { call throws(ObjectStoreError) in
                if call == .list(prefix: "p/", token: "p/b") { try await gate.pass() }
            })
        var isFirst = true
        let report = try await ReplicaSet(stores: [paged]).survey(prefixes: ["p/"]) {
            guard isFirst else { return [] }
            isFirst = false
            // The first page is in hand here, and nothing of it merged; the second was asked for already.
            await gate.waitForArrival()
            gate.open()
            return [NeededObject(key: ObjectKey("p/a")!, byteCount: 1)]
        } onBatch: { _ in
        }
        #expect(report.replicas[0]?.listedCount == 3)
    }
}
