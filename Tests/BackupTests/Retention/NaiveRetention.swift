import SoakTesting

@testable import Backup
@testable import Vault

/// What a retention policy keeps, worked out another way: days are counted without any calendar, and each rule looks at
/// every snapshot by itself instead of going through them from the newest.
struct NaiveRetention {
    let policy: RetentionPolicy
    /// East of Greenwich, in seconds, the whole year.
    let zone: Int64
    let now: Int64

    func kept(of candidates: [RetentionPolicy.Candidate]) -> Set<SnapshotID> {
        func isPlausible(_ id: SnapshotID) -> Bool {
            (315_532_800...(now + 3600)).contains(id.time.secondsSince1970)
        }
        let counted = candidates.filter { !$0.isCheckpoint && isPlausible($0.id) }
        let newest = counted.map(\.id).max()
        var kept = Set(candidates.map(\.id).filter { !isPlausible($0) })
        for candidate in candidates where candidate.isCheckpoint {
            if newest.map({ candidate.id > $0 }) ?? true { kept.insert(candidate.id) }
        }
        for candidate in counted where policy.tags.contains(where: { Set($0).isSubset(of: candidate.tags) }) {
            kept.insert(candidate.id)
        }
        let ids = counted.map(\.id)
        let rules: [(Int?, (Int64) -> Int64)] = [
            (policy.hourly, { floored($0, 3600) }), (policy.daily, { floored($0, 86400) }),
            // 1970-01-01 was a Thursday: Mondays are four days after a multiple of a week.
            (policy.weekly, { floored($0 - 4 * 86400, 7 * 86400) }),
            (
                policy.monthly,
                {
                    let day = Self.day($0)
                    return day.year * 12 + day.month
                }
            ),
            (policy.yearly, { Self.day($0).year }),
        ]
        for (count, span) in rules {
            guard let count else { continue }
            let spans = Dictionary(grouping: ids) { span($0.time.secondsSince1970 + zone) }
            kept.formUnion(spans.keys.sorted(by: >).prefix(count).map { spans[$0]!.max()! })
            // The oldest of all, where the rule may keep more than there are.
            if spans.count < count, let oldest = ids.min() { kept.insert(oldest) }
        }
        if let last = policy.last { kept.formUnion(ids.sorted(by: >).prefix(last)) }
        return kept
    }

    /// Howard Hinnant's algorithm: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    private static func day(_ seconds: Int64) -> (year: Int64, month: Int64) {
        let shifted = floored(seconds, 86400) + 719_468
        let era = floored(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month)
    }
}

private func floored(_ number: Int64, _ divisor: Int64) -> Int64 {
    number >= 0 ? number / divisor : (number - divisor + 1) / divisor
}
