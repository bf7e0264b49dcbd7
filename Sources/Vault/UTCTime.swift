internal import Glibc
internal import ObjectStore

/// A moment, to the second, as object names write it: `20261121-172800`. Its year is 0 to 9999: any other moment is held
/// at the first or last of these, since whoever tells it may be wrong or hostile.
public struct UTCTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let secondsSince1970: Int64

    public init(secondsSince1970: Int64) {
        let bounds = ObjectInfo.times
        self.secondsSince1970 = min(max(secondsSince1970, bounds.lowerBound), bounds.upperBound)
    }

    /// The system's clock.
    public static func now() -> UTCTime { UTCTime(secondsSince1970: Int64(time(nil))) }

    /// The system's clock, in nanoseconds since 1970.
    public static func nowInNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return nanoseconds(ofSeconds: Int64(time.tv_sec)).heldSum(Int64(time.tv_nsec))
    }

    /// What an Int64 cannot hold, from the year 2262 on, is at its bounds.
    public static func nanoseconds(ofSeconds seconds: Int64) -> Int64 { seconds.heldProduct(1_000_000_000) }

    public func advanced(bySeconds seconds: Int64) -> UTCTime {
        UTCTime(secondsSince1970: secondsSince1970.heldSum(seconds))
    }

    /// nil for anything that is not exactly such a text.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 15, bytes[8] == UInt8(ascii: "-") else { return nil }
        func number(_ range: Range<Int>) -> Int32? {
            bytes[range].reduce(Int32?(0)) { number, byte in
                guard let number, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                return number * 10 + Int32(byte - UInt8(ascii: "0"))
            }
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
            let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15)
        else { return nil }
        var parts = tm()
        parts.tm_year = year - 1900
        parts.tm_mon = month - 1
        parts.tm_mday = day
        parts.tm_hour = hour
        parts.tm_min = minute
        parts.tm_sec = second
        self.init(secondsSince1970: Int64(timegm(&parts)))
        // timegm accepts the 31st of February; a name must be the one way to write its moment.
        guard description.utf8.elementsEqual(bytes) else { return nil }
    }

    public var description: String {
        let parts = calendar
        return Self.padded(parts.tm_year + 1900, 4) + Self.padded(parts.tm_mon + 1, 2)
            + Self.padded(parts.tm_mday, 2) + "-" + Self.padded(parts.tm_hour, 2)
            + Self.padded(parts.tm_min, 2) + Self.padded(parts.tm_sec, 2)
    }

    /// `2026-11-21T17:28:00Z` (RFC 3339).
    public var iso8601: String {
        let parts = calendar
        return Self.padded(parts.tm_year + 1900, 4) + "-" + Self.padded(parts.tm_mon + 1, 2) + "-"
            + Self.padded(parts.tm_mday, 2) + "T" + Self.padded(parts.tm_hour, 2) + ":"
            + Self.padded(parts.tm_min, 2) + ":" + Self.padded(parts.tm_sec, 2) + "Z"
    }

    private var calendar: tm {
        var seconds = time_t(secondsSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return parts
    }

    private static func padded(_ number: Int32, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    public static func < (left: UTCTime, right: UTCTime) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }
}
