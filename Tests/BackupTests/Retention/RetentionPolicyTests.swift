import Crypto
import Foundation
import SoakTesting
import Testing

@testable import Backup
@testable import Vault

/// Which snapshots a policy keeps, and why.
@Suite struct RetentionPolicyTests {
    private static let now = UTCTime("20261121-120000")!

    private static func candidate(
        _ time: String, tags: [String] = [], isCheckpoint: Bool = false
    ) -> RetentionPolicy.Candidate {
        candidate(UTCTime(time)!.secondsSince1970, tags: tags, isCheckpoint: isCheckpoint)
    }

    private static func candidate(
        _ seconds: Int64, tags: [String] = [], isCheckpoint: Bool = false
    ) -> RetentionPolicy.Candidate {
        RetentionPolicy.Candidate(
            id: SnapshotID(
                time: UTCTime(secondsSince1970: seconds), digest: SHA256.hash(Array("\(seconds)\(tags)".utf8))
            ),
            tags: tags, isCheckpoint: isCheckpoint)
    }

    private static func calendar(_ zone: TimeZone = .gmt) -> Calendar {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = zone
        return calendar
    }

    /// The times that are kept, and the reasons.
    private func kept(
        _ policy: RetentionPolicy, _ times: [String], zone: TimeZone = .gmt
    ) -> [String: [String]] {
        let decisions = policy.decide(
            times.map { Self.candidate($0) }, now: Self.now, calendar: Self.calendar(zone))
        return Dictionary(
            uniqueKeysWithValues: decisions.filter(\.isKept).map { ("\($0.candidate.id.time)", $0.reasons) })
    }

    private func policy(_ change: (inout RetentionPolicy) -> Void) -> RetentionPolicy {
        var policy = RetentionPolicy()
        change(&policy)
        return policy
    }

    // MARK: - Rules

    @Test func theNewestOfADayCounts() {
        let found = kept(
            policy { $0.daily = 2 },
            ["20261118-080000", "20261119-080000", "20261119-200000", "20261120-080000", "20261120-230000"])
        #expect(
            found == ["20261120-230000": ["daily snapshot"], "20261119-200000": ["daily snapshot"]])
    }

    @Test func rulesAreOredAndEachSaysWhy() {
        let found = kept(
            policy {
                $0.last = 1
                $0.monthly = 2
            }, ["20261001-000000", "20261031-000000", "20261120-000000"])
        #expect(
            found == [
                "20261120-000000": ["last snapshot", "monthly snapshot"],
                "20261031-000000": ["monthly snapshot"],
            ])
    }

    @Test func aRuleThatIsNotFullKeepsTheOldestToo() {
        let found = kept(policy { $0.yearly = 5 }, ["20250301-000000", "20260101-000000", "20261101-000000"])
        #expect(
            found == [
                "20261101-000000": ["yearly snapshot"], "20250301-000000": ["yearly snapshot"],
            ])
        let oldest = kept(policy { $0.yearly = 5 }, ["20260101-000000", "20261101-000000"])
        #expect(oldest["20260101-000000"] == ["oldest yearly snapshot"])
    }

    @Test func weeksAreOfISO8601() {
        // 2025-12-29 and 2026-01-04 are the Monday and the Sunday of week 1 of 2026.
        let found = kept(
            policy { $0.weekly = 2 },
            ["20251222-120000", "20251228-120000", "20251229-120000", "20260104-235959"])
        #expect(Set(found.keys) == ["20260104-235959", "20251228-120000"])
    }

    @Test func daysAreThoseOfThePlace() {
        let times = ["20261119-223000", "20261119-233000"]
        #expect(kept(policy { $0.daily = 1 }, times).count == 1)
        #expect(kept(policy { $0.daily = 2 }, times, zone: TimeZone(identifier: "Europe/Berlin")!).count == 2)
        // The hour that comes twice when summer time ends is one.
        let twice = ["20261025-003000", "20261025-013000", "20261025-023000"]
        let found = kept(policy { $0.hourly = 2 }, twice, zone: TimeZone(identifier: "Europe/Berlin")!)
        #expect(Set(found.keys) == ["20261025-023000", "20261025-013000"])
    }

    @Test func withinIsReckonedFromTheNewest() throws {
        let period = try #require(RetentionPeriod("1m2d"))
        let found = kept(
            policy { $0.within = period }, ["20200208-115959", "20200208-120001", "20200310-120000"])
        #expect(
            found == ["20200310-120000": ["within 1m2d"], "20200208-120001": ["within 1m2d"]])
    }

    @Test func anyTagListIsEnoughAndNeedsAllItsTags() {
        let candidates = [
            Self.candidate("20261101-000000", tags: ["wedding"]),
            Self.candidate("20261102-000000", tags: ["wedding", "final"]),
            Self.candidate("20261103-000000", tags: ["album"]), Self.candidate("20261104-000000"),
        ]
        let decisions = policy { $0.tags = [["wedding", "final"], ["album"]] }
            .decide(candidates, now: Self.now, calendar: Self.calendar())
        #expect(
            decisions.map(\.reasons) == [[], ["has tag album"], ["has tag wedding,final"], []])
    }

    // MARK: - What must not count

    /// restic: an attacker with append access used future dates to make retention forget the real ones.
    @Test func impossibleDatesPushNothingOut() {
        let found = kept(
            policy { $0.last = 2 },
            [
                "19700101-000000", "19791231-235959", "20261119-000000", "20261120-000000", "20261122-120000",
                "20990101-000000",
            ])
        #expect(
            found == [
                "20990101-000000": ["dated in the future"], "20261122-120000": ["dated in the future"],
                "20261120-000000": ["last snapshot"], "20261119-000000": ["last snapshot"],
                "19791231-235959": ["dated before 1980"], "19700101-000000": ["dated before 1980"],
            ])
    }

    @Test func aCheckpointStaysUntilAWholeSnapshotIsNewer() {
        let candidates = [
            Self.candidate("20261101-000000"), Self.candidate("20261102-000000", isCheckpoint: true),
            Self.candidate("20261103-000000"), Self.candidate("20261104-000000", isCheckpoint: true),
        ]
        let decisions = policy { $0.last = 1 }
            .decide(candidates, now: Self.now, calendar: Self.calendar())
        #expect(
            decisions.map(\.reasons) == [["of a run that has not ended"], ["last snapshot"], [], []])
    }

    @Test func aPolicyWithoutRulesIsEmpty() {
        #expect(RetentionPolicy().isEmpty)
        #expect(policy { $0.last = 0 }.isEmpty)
        #expect(!policy { $0.tags = [["a"]] }.isEmpty)
    }

    @Test(arguments: [
        ("2y5m7d3h", "2y5m7d3h"), ("7d", "7d"), ("1y0m1h", "1y1h"), ("", nil), ("7", nil), ("d", nil),
        ("0d", nil),
        ("7d2y", nil), ("7d7d", nil), ("-1d", nil), ("1w", nil), ("1000d", nil), ("1 d", nil), ("٣d", nil),
    ])
    func periodsAreReadStrictly(text: String, shown: String?) {
        #expect(RetentionPeriod(text)?.description == shown)
    }

    // MARK: - At random

    @Test func aNaiveModelKeepsTheSame() {
        for seed in Soak.seeds("RETENTION", default: 500) {
            var random = SeededGenerator(seed: seed)
            let zone = Int64(random.pick([0, 3600, -5 * 3600, 19_800]))
            let span = Int64(random.pick([3600, 86400, 40 * 86400, 800 * 86400]))
            var candidates: [RetentionPolicy.Candidate] = (0..<Int.random(in: 0...40, using: &random)).map {
                _ in
                let start = random.chance(5) ? random.pick([0, Self.now.secondsSince1970 + span]) : nil
                return Self.candidate(
                    start ?? Self.now.secondsSince1970 - Int64.random(in: 0...span, using: &random),
                    tags: random.chance(20) ? [random.pick(["a", "b"]), "c"] : [],
                    isCheckpoint: random.chance(10))
            }
            candidates = Array(
                Dictionary(candidates.map { ($0.id, $0) }, uniquingKeysWith: { a, _ in a }).values)
            let policy = self.policy { policy in
                func count() -> Int? { random.chance(40) ? Int.random(in: 1...12, using: &random) : nil }
                (policy.last, policy.hourly, policy.daily) = (count(), count(), count())
                (policy.weekly, policy.monthly, policy.yearly) = (count(), count(), count())
                if random.chance(20) { policy.tags = [[random.pick(["a", "b", "c", "d"])]] }
            }
            let decisions = policy.decide(
                candidates, now: Self.now, calendar: Self.calendar(TimeZone(secondsFromGMT: Int(zone))!))
            let naive = NaiveRetention(policy: policy, zone: zone, now: Self.now.secondsSince1970)
            #expect(decisions.count == candidates.count)
            #expect(
                Set(decisions.filter(\.isKept).map(\.candidate.id)) == naive.kept(of: candidates),
                "seed \(seed): \(policy)")
        }
    }
}
