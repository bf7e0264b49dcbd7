import ObjectStore
import Replicator
import SoakTesting
import Synchronization
import Testing

/// The survey against a model that holds everything in sets and looks at each name alone.
@Suite struct SurveyModelTests {
    /// The seed is the argument, so a failure shows it.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func agreesWithTheModel(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let world = World(using: &random)
        let surveyed = try await Surveyed(
            world.stores, prefixes: world.prefixes, needed: world.needed,
            batchSize: .random(in: 1...9, using: &random))

        #expect(surveyed.rows == world.expectedRows)
        #expect(surveyed.report.neededCount == world.needed.count)
        for replica in world.stores.indices {
            let report = surveyed.report.replicas[replica]
            #expect((report?.failure != nil) == (world.failingCalls[replica] != nil))
            #expect(report?.listedCount == world.shown[replica].count)
            #expect(report?.rightCount == world.expectedRightCount(of: replica))
        }
    }
}

/// Random replicas, their listings in pages of random size, some of which fail on the way.
private struct World {
    let prefixes: [String]
    let needed: [NeededObject]
    let stores: [ScriptedStore]
    /// Which list call of a replica fails, counted from 0; nil for none.
    let failingCalls: [Int?]
    /// What each listing shows before its end or failure.
    let shown: [[ObjectKey: Int]]

    init(using random: inout SeededGenerator) {
        prefixes = ["a/", "b/", "b-", "c/d/", "e"].filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
        let names = (0..<60).map { _ in
            let folder = ["a/", "b/", "b-", "b/c/", "c/d/", "c/", "e", "f/"].randomElement(using: &random)!
            return folder + String(UInt16.random(in: 0..<500, using: &random), radix: 16)
        }
        let keys = Set(names).map { ObjectKey($0)! }.sorted()
        let prefixes = prefixes
        func isCovered(_ key: ObjectKey) -> Bool { prefixes.contains { key.rawValue.hasPrefix($0) } }

        needed = keys.filter { isCovered($0) && Bool.random(using: &random) }.map {
            let isStated = Int.random(in: 0..<4, using: &random) > 0
            return NeededObject(key: $0, byteCount: isStated ? 4 : nil)
        }
        var stores: [ScriptedStore] = []
        var failingCalls: [Int?] = []
        var shown: [[ObjectKey: Int]] = []
        for replica in 0..<Int.random(in: 1...4, using: &random) {
            let pageSize = Int.random(in: 1...8, using: &random)
            let base = InMemoryStore("\(replica)", pageSize: pageSize)
            for key in keys where Int.random(in: 0..<5, using: &random) > 0 {
                let byteCount = Int.random(in: 0..<6, using: &random) > 0 ? 4 : 3
                base[key] = Array(repeating: 0, count: byteCount)
            }
            // The pages as they will be asked for, one prefix after the other.
            let pages = prefixes.sorted().flatMap { prefix -> [[ObjectKey]] in
                let held = keys.filter { $0.rawValue.hasPrefix(prefix) && base[$0] != nil }
                let pages = stride(from: 0, to: held.count, by: pageSize).map {
                    Array(held[$0..<min($0 + pageSize, held.count)])
                }
                return pages.isEmpty ? [[]] : pages
            }
            let fails = Int.random(in: 0..<4, using: &random) == 0 && !pages.isEmpty
            let failingCall = fails ? Int.random(in: 0..<pages.count, using: &random) : nil
            failingCalls.append(failingCall)
            let shownKeys = pages.prefix(failingCall ?? pages.count).joined()
            shown.append(Dictionary(uniqueKeysWithValues: shownKeys.map { ($0, base[$0]!.count) }))
            stores.append(Self.store(base, failingCall: failingCall))
        }
        self.stores = stores
        self.failingCalls = failingCalls
        self.shown = shown
    }

    private static func store(_ base: InMemoryStore, failingCall: Int?) -> ScriptedStore {
        let callCount = Mutex(0)
        return ScriptedStore(
            base,
            script: { _ throws(ObjectStoreError) in
                let call = callCount.withLock { count in
                    defer { count += 1 }
                    return count
                }
                if call == failingCall { throw ObjectStoreError(.timedOut, store: base.name, reason: "late") }
            })
    }

    var expectedRows: [SurveyRow] {
        let needs = Dictionary(uniqueKeysWithValues: needed.map { ($0.key, $0) })
        return Set(shown.flatMap(\.keys) + needed.map(\.key)).sorted().compactMap { key in
            let listed = stores.indices.map { replica -> ListedObject in
                if let byteCount = shown[replica][key] { return .present(byteCount: byteCount, modified: 0) }
                guard failingCalls[replica] != nil else { return .absent }
                // A failed listing says nothing of what would have come after the last name it showed.
                return shown[replica].keys.max().map { key < $0 } ?? false ? .absent : .unknown
            }
            let known = listed.filter { $0 != .unknown }
            let sizes = Set(known.map(\.byteCount))
            let isAlike =
                if let need = needs[key] {
                    known.isEmpty
                        || sizes.count == 1 && sizes.first! != nil
                            && sizes.first! == need.byteCount ?? sizes.first!
                } else {
                    false
                }
            return isAlike ? nil : SurveyRow(key: key, needed: needs[key], listed: listed)
        }
    }

    func expectedRightCount(of replica: Int) -> Int {
        needed.count { need in
            guard let byteCount = shown[replica][need.key] else { return false }
            return byteCount == need.byteCount ?? byteCount
        }
    }
}
