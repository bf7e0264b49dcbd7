internal import Foundation

/// A span of the calendar, as `--keep-within` takes it: `2y5m7d3h`, each part once at most and in this order.
public struct RetentionPeriod: Sendable, Hashable, CustomStringConvertible {
    public let years: Int
    public let months: Int
    public let days: Int
    public let hours: Int

    /// Nil for any other text, for a span of nothing, and for one of more than 999 of a part.
    public init?(_ text: String) {
        var counts: [Character: Int] = [:]
        var digits = ""
        var units = "ymdh"[...]
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
                guard digits.count <= 3 else { return nil }
                continue
            }
            guard let place = units.firstIndex(of: character), let count = Int(digits) else { return nil }
            counts[character] = count
            units = units[units.index(after: place)...]
            digits = ""
        }
        guard digits.isEmpty, counts.values.contains(where: { $0 > 0 }) else { return nil }
        (years, months) = (counts["y"] ?? 0, counts["m"] ?? 0)
        (days, hours) = (counts["d"] ?? 0, counts["h"] ?? 0)
    }

    public var description: String {
        zip([years, months, days, hours], "ymdh").filter { $0.0 > 0 }.map { "\($0)\($1)" }.joined()
    }

    /// The moment that is this span before `date`. Where a month has no such day, its last one.
    func before(_ date: Date, in calendar: Calendar) -> Date {
        let span = DateComponents(year: -years, month: -months, day: -days, hour: -hours)
        // Nil only where the calendar cannot reckon, thousands of years ago: then everything is within.
        return calendar.date(byAdding: span, to: date) ?? .distantPast
    }
}
