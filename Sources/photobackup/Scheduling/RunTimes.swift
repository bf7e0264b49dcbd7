internal import ArgumentParser
internal import Configuration
internal import Glibc

/// When scheduled runs begin, by this machine's local time: once a day, or at equal distances from midnight.
enum RunTimes: Hashable, Sendable {
    case daily(hour: Int, minute: Int)
    /// So many minutes, which divide an hour or a day.
    case every(minutes: Int)

    /// Minutes that `--every` takes.
    static let distances = [5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720]

    /// As systemd.time(7) calls it.
    var calendarEvent: String {
        switch self {
        case .daily(let hour, let minute):
            "*-*-* \(Self.twoDigits(hour)):\(Self.twoDigits(minute)):00"
        case .every(let minutes) where minutes < 60: "*-*-* *:00/\(minutes):00"
        case .every(let minutes): "*-*-* 00/\(minutes / 60):00:00"
        }
    }

    /// The options that say the same.
    var options: [String] {
        switch self {
        case .daily(let hour, let minute): ["--daily", "\(Self.twoDigits(hour)):\(Self.twoDigits(minute))"]
        case .every(let minutes): ["--every", minutes < 60 ? "\(minutes)m" : "\(minutes / 60)h"]
        }
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// The last moment up to `now` at which a run was to begin; both in seconds since 1970.
    func last(upTo now: Int64) -> Int64 {
        switch self {
        case .daily(let hour, let minute):
            let today = Self.local(now, hour: hour, minute: minute)
            return today <= now ? today : Self.local(now, dayOffset: -1, hour: hour, minute: minute)
        case .every(let minutes):
            // On the days on which clocks are changed, the distances are those of real time.
            let midnight = Self.local(now, hour: 0, minute: 0)
            return now - (now - midnight) % Int64(minutes * 60)
        }
    }

    /// The first one after `now`.
    func next(after now: Int64) -> Int64 {
        switch self {
        case .daily(let hour, let minute):
            let today = Self.local(now, hour: hour, minute: minute)
            return today > now ? today : Self.local(now, dayOffset: 1, hour: hour, minute: minute)
        case .every(let minutes):
            return min(
                last(upTo: now) + Int64(minutes * 60), Self.local(now, dayOffset: 1, hour: 0, minute: 0))
        }
    }

    /// Whether a run is to begin now: none has begun since the last moment for one. A run that was missed while the
    /// machine was off or asleep is made up for.
    ///
    /// - Parameters:
    ///   - last: when the last one began; nil: none has. One that lies more than a day ahead comes from a clock that
    ///     has been put back, and says nothing.
    ///   - delay: how much later than planned this machine begins.
    func isDue(at now: Int64, last: Int64?, delay: Int64) -> Bool {
        guard let last, last <= now + 86400 else { return true }
        return last < self.last(upTo: now - delay) + delay
    }

    /// A time of the day of `now`, or of another day. Where the clock skips it, what mktime(3) makes of it.
    private static func local(_ now: Int64, dayOffset: Int = 0, hour: Int, minute: Int) -> Int64 {
        var seconds = time_t(now)
        var parts = tm()
        localtime_r(&seconds, &parts)
        parts.tm_mday += Int32(dayOffset)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(hour), Int32(minute), 0)
        parts.tm_isdst = -1
        return Int64(mktime(&parts))
    }
}

/// `02:30`.
struct TimeOfDay: ExpressibleByArgument {
    let hour: Int
    let minute: Int

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(\.isNumber) }),
            parts[1].count == 2, let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        (self.hour, self.minute) = (hour, minute)
    }
}

/// `15m`, `90s`, `2h`.
struct Span: ExpressibleByArgument {
    let seconds: Int64

    init(seconds: Int64) { self.seconds = seconds }

    init?(argument: String) {
        guard let duration = Quantity.duration(argument) else { return nil }
        seconds = duration.components.seconds
    }

    var defaultValueDescription: String { "\(seconds / 60)m" }
}

/// The options that say when runs begin.
struct RunTimesOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Once a day, at this local time: 02:30.", valueName: "time"))
    var daily: TimeOfDay?
    @Option(help: ArgumentHelp("At equal distances from midnight: 15m, 1h, 6h.", valueName: "span"))
    var every: Span?
    @Option(
        help: ArgumentHelp(
            "Begin up to so much later, so that not everybody comes at once; each machine by as much as ever.",
            valueName: "span"))
    var jitter = Span(seconds: 900)

    /// nil: neither is given.
    var times: RunTimes? {
        if let daily { return .daily(hour: daily.hour, minute: daily.minute) }
        return every.map { .every(minutes: Int($0.seconds / 60)) }
    }

    func validate() throws {
        guard daily == nil || every == nil else {
            throw ValidationError("--daily and --every exclude each other")
        }
        if let every {
            guard every.seconds % 60 == 0, RunTimes.distances.contains(Int(every.seconds / 60)) else {
                throw ValidationError(
                    "--every takes 5m, 10m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h or 12h; --daily for once a day"
                )
            }
        }
        let longest: Int64 = every.map { $0.seconds / 2 } ?? 6 * 3600
        guard jitter.seconds <= max(longest, 900) else {
            throw ValidationError("--jitter takes at most half of the time between two runs, and 6h")
        }
    }
}
