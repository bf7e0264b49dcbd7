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

    /// `2009-10-12T17:50:30.000Z`, as in listings; fractions are dropped.
    static func parse(iso8601 text: String) -> Int64? {
        let parts = text.split { "-T:.Z+".contains($0) }
        guard parts.count >= 6, text.hasSuffix("Z") else { return nil }
        return seconds(
            year: Int(parts[0]), month: Int(parts[1]), day: Int(parts[2]), hour: Int(parts[3]),
            minute: Int(parts[4]), second: Int(parts[5]))
    }

    /// `2009-10-12T17:50:30Z`, as in headers and bodies that S3 is sent.
    static func iso8601(_ seconds: Int64) -> String {
        var time = time_t(seconds)
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
        guard parts.count == 8, parts[7] == "GMT" || parts[7] == "UTC",
            let month = monthNames.firstIndex(of: parts[2].lowercased())
        else { return nil }
        return seconds(
            year: Int(parts[3]), month: month + 1, day: Int(parts[1]), hour: Int(parts[4]),
            minute: Int(parts[5]), second: Int(parts[6]))
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
