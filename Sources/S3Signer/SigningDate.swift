/// A moment as Signature Version 4 writes it, in UTC and whole seconds.
///
/// It comes from the caller: signing reads no clock, so that equal input gives equal output.
public struct SigningDate: Hashable, Sendable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    public let secondsSince1970: Int64

    /// From the year 0000 to 9999, which is what the format can write.
    private static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    /// A moment that the format cannot write is held at its first or last one: clocks may be wrong, this machine's too.
    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = min(max(secondsSince1970, Self.range.lowerBound), Self.range.upperBound)
    }

    /// The basic format of ISO 8601, as in `20130524T000000Z`: the value of `x-amz-date`.
    public var timestamp: String {
        let second = Int(secondsSince1970 - Int64(dayNumber) * 86_400)
        return String(unsafeUninitializedCapacity: 16) { buffer in
            writeDay(to: buffer)
            buffer[8] = UInt8(ascii: "T")
            Self.writeTwoDigits(second / 3600, to: buffer, at: 9)
            Self.writeTwoDigits(second / 60 % 60, to: buffer, at: 11)
            Self.writeTwoDigits(second % 60, to: buffer, at: 13)
            buffer[15] = UInt8(ascii: "Z")
            return 16
        }
    }

    /// The day alone, as in `20130524`: the first part of a credential's scope.
    public var day: String {
        String(unsafeUninitializedCapacity: 8) { buffer in
            writeDay(to: buffer)
            return 8
        }
    }

    public var description: String { timestamp }

    /// Days since 1970-01-01, rounded down also before it.
    private var dayNumber: Int {
        let (quotient, remainder) = secondsSince1970.quotientAndRemainder(dividingBy: 86_400)
        return Int(remainder < 0 ? quotient - 1 : quotient)
    }

    /// The proleptic Gregorian date of the day.
    ///
    /// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`: years begin in
    /// March, so that the leap day is a year's last, and 400 years (146,097 days) are one era.
    private var civil: (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468  // Days since 0000-03-01.
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }

    private func writeDay(to buffer: UnsafeMutableBufferPointer<UInt8>) {
        let (year, month, day) = civil
        Self.writeTwoDigits(year / 100, to: buffer, at: 0)
        Self.writeTwoDigits(year % 100, to: buffer, at: 2)
        Self.writeTwoDigits(month, to: buffer, at: 4)
        Self.writeTwoDigits(day, to: buffer, at: 6)
    }

    private static func writeTwoDigits(
        _ value: Int, to buffer: UnsafeMutableBufferPointer<UInt8>, at offset: Int
    ) {
        buffer[offset] = UInt8(ascii: "0") + UInt8(value / 10)
        buffer[offset + 1] = UInt8(ascii: "0") + UInt8(value % 10)
    }
}
