public import Foundation
public import Vault

/// Which snapshots of one collection and device stay, as restic means it: each rule by itself may keep a snapshot,
/// and what no rule keeps goes.
///
/// Of each hour, day, week (of ISO 8601), month and year that has one, the newest snapshot counts, in the calendar's
/// time zone, from the newest back. While a rule has not kept as many as it may, it keeps the oldest one too.
public struct RetentionPolicy: Sendable, Hashable {
    /// How many the rule keeps; nil: it is not given.
    public var last: Int?
    public var hourly: Int?
    public var daily: Int?
    public var weekly: Int?
    public var monthly: Int?
    public var yearly: Int?
    /// Reckoned from the newest snapshot, not from now: what is not backed up any more does not fade away.
    public var within: RetentionPeriod?
    /// Any of these is enough; of each, all tags are needed.
    public var tags: [[String]] = []

    public init() {}

    /// Whether no rule is given, so that nothing would be kept.
    public var isEmpty: Bool {
        [last, hourly, daily, weekly, monthly, yearly].allSatisfy { ($0 ?? 0) == 0 } && within == nil
            && tags.isEmpty
    }

    /// A snapshot that the policy is to decide on.
    public struct Candidate: Sendable, Hashable {
        public let id: SnapshotID
        public let tags: [String]
        public let isCheckpoint: Bool

        public init(id: SnapshotID, tags: [String] = [], isCheckpoint: Bool = false) {
            self.id = id
            self.tags = tags
            self.isCheckpoint = isCheckpoint
        }
    }

    /// What is to become of one.
    public struct Decision: Sendable, Hashable {
        public let candidate: Candidate
        /// Why it stays; none for one that goes.
        public let reasons: [String]

        public var isKept: Bool { !reasons.isEmpty }
    }

    /// Decides on all snapshots of one collection and device.
    ///
    /// A date that cannot be, in the future or before 1980, is kept and does not count, so that it pushes nothing
    /// out. A checkpoint never counts; it stays while no whole snapshot is newer.
    ///
    /// - Parameter calendar: ISO 8601, with the time zone that days and weeks are meant in.
    /// - Returns: one decision for each candidate, newest first.
    public func decide(
        _ candidates: [Candidate], now: UTCTime, calendar: Calendar = .local
    ) -> [Decision] {
        let sorted = candidates.sorted { $0.id > $1.id }
        let counted = sorted.filter { !$0.isCheckpoint && Self.doubt($0.id.time, now: now) == nil }
        var reasons: [SnapshotID: [String]] = [:]
        for rule in rules {
            for (id, reason) in rule.kept(of: counted.map(\.id), calendar: calendar) {
                reasons[id, default: []].append(reason)
            }
        }
        for candidate in counted { reasons[candidate.id, default: []] += tagReasons(candidate) }
        if let within, let newest = counted.first {
            let first = within.before(newest.id.time.date, in: calendar)
            for candidate in counted where candidate.id.time.date > first {
                reasons[candidate.id, default: []].append("within \(within)")
            }
        }
        return sorted.map { candidate in
            if let doubt = Self.doubt(candidate.id.time, now: now) {
                return Decision(candidate: candidate, reasons: [doubt])
            }
            if candidate.isCheckpoint {
                let isSuperseded = counted.first.map { $0.id > candidate.id } ?? false
                return Decision(
                    candidate: candidate, reasons: isSuperseded ? [] : ["of a run that has not ended"])
            }
            return Decision(candidate: candidate, reasons: reasons[candidate.id] ?? [])
        }
    }

    /// Clocks of machines may differ by that much.
    private static let toleratedSeconds: Int64 = 3600
    /// 1980-01-01.
    private static let firstPlausible = UTCTime(secondsSince1970: 315_532_800)

    /// Why a snapshot cannot have been made then; nil where it can.
    private static func doubt(_ time: UTCTime, now: UTCTime) -> String? {
        if time > now.advanced(bySeconds: toleratedSeconds) { return "dated in the future" }
        return time < firstPlausible ? "dated before 1980" : nil
    }

    private func tagReasons(_ candidate: Candidate) -> [String] {
        tags.filter { $0.allSatisfy(candidate.tags.contains) }.map { "has tag \($0.joined(separator: ","))" }
    }

    // MARK: - Rules that count

    private struct Rule {
        let name: String
        let count: Int
        /// What two snapshots of one hour, day, … have in common; nil: each stands for itself.
        let units: Set<Calendar.Component>?

        func kept(of newestFirst: [SnapshotID], calendar: Calendar) -> [(SnapshotID, String)] {
            var kept: [(SnapshotID, String)] = []
            var previous: DateComponents?
            for (place, id) in newestFirst.enumerated() where kept.count < count {
                let span = units.map { calendar.dateComponents($0, from: id.time.date) }
                let isOldest = place == newestFirst.count - 1
                if span == nil || span != previous {
                    kept.append((id, "\(name) snapshot"))
                } else if isOldest {
                    kept.append((id, "oldest \(name) snapshot"))
                }
                previous = span
            }
            return kept
        }
    }

    private var rules: [Rule] {
        let day: Set<Calendar.Component> = [.era, .year, .month, .day]
        let all: [(String, Int?, Set<Calendar.Component>?)] = [
            ("last", last, nil), ("hourly", hourly, day.union([.hour])), ("daily", daily, day),
            ("weekly", weekly, [.era, .yearForWeekOfYear, .weekOfYear]),
            ("monthly", monthly, [.era, .year, .month]), ("yearly", yearly, [.era, .year]),
        ]
        return all.compactMap { name, count, units in
            count.map { Rule(name: name, count: $0, units: units) }
        }
    }
}

extension Calendar {
    /// ISO 8601 in this machine's time zone.
    public static var local: Calendar {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .current
        return calendar
    }
}

extension UTCTime {
    var date: Date { Date(timeIntervalSince1970: TimeInterval(secondsSince1970)) }
}
