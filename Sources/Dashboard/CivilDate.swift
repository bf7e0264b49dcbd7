/// A day of the Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
struct CivilDate: Hashable, Sendable {
    let year: Int
    /// 1 to 12.
    let month: Int
    /// 1 to 31.
    let day: Int
    /// 0 on Mondays.
    let weekday: Int

    /// - Parameter number: days since 1 January 1970.
    init(dayNumber number: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        weekday = ((number + 3) % 7 + 7) % 7
    }

    /// Days since 1 January 1970 of the first day of a year.
    static func firstDayNumber(of year: Int) -> Int {
        let before = year - 1
        let leapDays = Self.floor(before, 4) - Self.floor(before, 100) + Self.floor(before, 400)
        return 365 * (year - 1970) + leapDays - 477
    }

    static func floor(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    /// `2026-11-21`.
    var text: String { "\(year)-\(Self.two(month))-\(Self.two(day))" }

    var monthText: String { "\(year)-\(Self.two(month))" }

    static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// A moment as a page shows it: `2026-11-21 17:28 UTC`.
func momentText(_ secondsSince1970: Int64) -> String {
    let day = CivilDate.floor(Int(secondsSince1970), 86400)
    let minute = (Int(secondsSince1970) - day * 86400) / 60
    return "\(CivilDate(dayNumber: day).text) \(CivilDate.two(minute / 60)):\(CivilDate.two(minute % 60)) UTC"
}
