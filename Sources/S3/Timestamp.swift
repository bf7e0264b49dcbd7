internal import ObjectStore

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Times as S3 writes them, in seconds since 1970; always UTC, whatever the locale.
enum Timestamp {
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }

    /// `2009-10-12T17:50:30.000Z`, as in listings, or with a zone of its own (`+02:00`, `+0200`); fractions are dropped.
    ///
    /// Source: RFC 3339, section 5.6
    static func parse(iso8601 text: String) -> Int64? {
        let bytes = Array(text.utf8)
        func number(_ place: Int, _ count: Int) -> Int? {
            guard place + count <= bytes.count else { return nil }
            return bytes[place..<(place + count)].reduce(0 as Int?) { sum, byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    ? sum.map { 10 * $0 + Int(byte - UInt8(ascii: "0")) } : nil
            }
        }
        let separators = [(4, "-"), (7, "-"), (10, "Tt "), (13, ":"), (16, ":")]
        guard bytes.count >= 20, separators.allSatisfy({ $1.utf8.contains(bytes[$0]) }),
            let time = seconds(
                year: number(0, 4), month: number(5, 2), day: number(8, 2), hour: number(11, 2),
                minute: number(14, 2), second: number(17, 2))
        else { return nil }
        var zone = bytes[19...]
        if zone.first == UInt8(ascii: ".") {
            zone = zone.dropFirst().drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        return offset(String(decoding: zone, as: UTF8.self)).map { time - $0 }
    }

    /// By how many seconds a zone is ahead of UTC: `Z`, `+02:00`, `-0330`, `+02`.
    private static func offset(_ zone: String) -> Int64? {
        if zone == "Z" || zone == "z" { return 0 }
        let digits = zone.dropFirst().filter { $0 != ":" }
        guard let sign = zone.first, sign == "+" || sign == "-", [2, 4].contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let hours = Int64(digits.prefix(2)), let minutes = Int64("0" + digits.dropFirst(2)), hours < 24,
            minutes < 60
        else { return nil }
        return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    /// `2009-10-12T17:50:30Z`, as in headers and bodies that S3 is sent.
    ///
    /// A moment whose year has no four digits is held at the first or last one that has.
    static func iso8601(_ seconds: Int64) -> String {
        let bounds = ObjectInfo.times
        var time = time_t(min(max(seconds, bounds.lowerBound), bounds.upperBound))
        var broken = tm()
        gmtime_r(&time, &broken)
        func digits(_ value: Int32, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let day = [
            digits(broken.tm_year + 1900, 4), digits(broken.tm_mon + 1, 2), digits(broken.tm_mday, 2),
        ]
        let clock = [digits(broken.tm_hour, 2), digits(broken.tm_min, 2), digits(broken.tm_sec, 2)]
        return "\(day.joined(separator: "-"))T\(clock.joined(separator: ":"))Z"
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, as in headers (RFC 9110, section 5.6.7).
    static func parse(httpDate text: String) -> Int64? {
        let parts = text.split { " ,:".contains($0) }
        guard parts.count == 8, let month = monthNames.firstIndex(of: parts[2].lowercased()),
            let ahead = ["GMT", "UTC"].contains(parts[7]) ? 0 : offset(String(parts[7])),
            let time = seconds(
                year: Int(parts[3]), month: month + 1, day: Int(parts[1]), hour: Int(parts[4]),
                minute: Int(parts[5]), second: Int(parts[6]))
        else { return nil }
        return time - ahead
    }

    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    private static func seconds(
        year: Int?, month: Int?, day: Int?, hour: Int?, minute: Int?, second: Int?
    ) -> Int64? {
        guard let year, let month, let day, let hour, let minute, let second,
            (1900...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        var broken = tm()
        broken.tm_year = Int32(year - 1900)
        broken.tm_mon = Int32(month - 1)
        broken.tm_mday = Int32(day)
        broken.tm_hour = Int32(hour)
        broken.tm_min = Int32(minute)
        broken.tm_sec = Int32(second)
        return Int64(timegm(&broken))
    }
}
