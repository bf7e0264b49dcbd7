import Testing

@testable import Vault

@Suite("Times in names")
struct UTCTimeTests {
    /// Year, month and day of a number of days since 1970 (Howard Hinnant, "chrono-compatible low-level date
    /// algorithms", civil_from_days).
    private func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: width - text.count) + text
    }

    @Test("read back on every day of 400 years, and are that day")
    func fourCenturies() {
        var wrong: [Int] = []
        // From 1800, so that times before 1970 are there too.
        for day in -62_091..<(146_097 - 62_091) {
            // Every second of a day comes in its turn.
            let second = (day * 49_999) % 86_400
            let inDay = second < 0 ? second + 86_400 : second
            let time = UTCTime(secondsSince1970: Int64(day * 86_400 + inDay))
            let (year, month, date) = civil(day)
            let expected =
                digits(year, 4) + digits(month, 2) + digits(date, 2) + "-" + digits(inDay / 3600, 2)
                + digits(inDay / 60 % 60, 2) + digits(inDay % 60, 2)
            if time.description != expected || UTCTime(expected) != time { wrong.append(day) }
        }
        #expect(wrong == [])
    }

    @Test(
        "are these moments",
        arguments: [
            (0, "19700101-000000", "1970-01-01T00:00:00Z"),
            (-1, "19691231-235959", "1969-12-31T23:59:59Z"),
            (951_782_400, "20000229-000000", "2000-02-29T00:00:00Z"),
            (1_795_282_080, "20261121-172800", "2026-11-21T17:28:00Z"),
            (2_147_483_648, "20380119-031408", "2038-01-19T03:14:08Z"),
            (253_402_300_799, "99991231-235959", "9999-12-31T23:59:59Z"),
        ] as [(Int64, String, String)])
    func moments(_ seconds: Int64, _ text: String, _ iso8601: String) {
        let time = UTCTime(secondsSince1970: seconds)
        #expect(time.description == text)
        #expect(time.iso8601 == iso8601)
        #expect(UTCTime(text) == time)
    }

    @Test(
        "that no calendar has are none",
        arguments: [
            "20260230-000000", "20250229-000000", "21000229-000000", "20260431-000000", "20261301-000000",
            "20260001-000000", "20260100-000000", "20260132-000000", "20261121-240000", "20261121-236000",
            "20261121-235960", "20261121-172861",
        ])
    func impossible(_ text: String) {
        #expect(UTCTime(text) == nil)
    }

    @Test(
        "written otherwise are none",
        arguments: [
            "", "20261121", "20261121-17280", "20261121-1728000", "20261121 172800", "20261121T172800",
            "2026-11-21T17:28:00Z", " 20261121-172800", "+0261121-172800", "2026112a-172800",
            "20261121-1728-1", "２026112-172800",
        ])
    func otherForms(_ text: String) {
        #expect(UTCTime(text) == nil)
    }

    @Test("compare as moments, and move by seconds")
    func order() {
        let time = TestVault.time
        #expect(time < time.advanced(bySeconds: 1))
        #expect(time.advanced(bySeconds: 86_400).description == "20261122-172800")
        #expect(time.advanced(bySeconds: -86_400 * 365).description == "20251121-172800")
    }
}
