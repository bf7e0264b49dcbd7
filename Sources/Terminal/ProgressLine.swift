/// The progress line: a pure function of a snapshot, a rate and the width of the terminal.
enum ProgressLine {
    /// At most `width` columns. Names are cut from the end, where the least important stands.
    ///
    /// `1,204/3,000 files · 1.2 GB/4.5 GB · 92 MB/s · 0:36 left · backblaze ✓ 1.2 GB · shelf behind`
    static func text(_ snapshot: ProgressSnapshot, bytesPerSecond: Double?, width: Int) -> String {
        var parts: [String] = []
        if let phase = snapshot.phase { parts.append(phase) }
        parts.append(of(snapshot.files, snapshot.filesTotal, HumanReadable.count) + " files")
        parts.append(of(snapshot.bytes, snapshot.bytesTotal, HumanReadable.bytes))
        if let bytesPerSecond, bytesPerSecond >= 1 {
            parts.append(HumanReadable.bytes(Int(min(bytesPerSecond, 1e15))) + "/s")
            if let left = timeLeft(snapshot, bytesPerSecond) {
                parts.append("\(HumanReadable.clock(left)) left")
            }
        }
        parts += snapshot.providers.map(provider)
        // One column less: a line that fills the last one makes some terminals go to the next.
        return cut(parts.joined(separator: " · "), to: width - 1)
    }

    private static func of(_ value: Int, _ total: Int?, _ format: (Int) -> String) -> String {
        total.map { "\(format(value))/\(format(max($0, value)))" } ?? format(value)
    }

    private static func timeLeft(_ snapshot: ProgressSnapshot, _ bytesPerSecond: Double) -> Duration? {
        guard let total = snapshot.bytesTotal, total > snapshot.bytes else { return nil }
        let seconds = Double(total - snapshot.bytes) / bytesPerSecond
        return seconds < 100 * 3600 ? .seconds(seconds.rounded(.up)) : nil
    }

    private static func provider(_ provider: ProgressSnapshot.Provider) -> String {
        switch provider.state {
        case .active(let byteCount): "\(provider.name) \(HumanReadable.bytes(byteCount))"
        case .done(let byteCount): "\(provider.name) ✓ \(HumanReadable.bytes(byteCount))"
        case .behind: "\(provider.name) behind"
        case .failed: "\(provider.name) failed"
        }
    }

    /// The first `width` columns of `text`, all of whose characters are one column wide.
    private static func cut(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text }
        return width > 0 ? text.prefix(width - 1) + "…" : ""
    }
}

/// Bytes a second over the last ten seconds, so that the rate neither jumps nor remembers what is long past.
struct RateEstimator {
    static let window = Duration.seconds(10)

    private var samples: [(time: Duration, bytes: Int)] = []

    /// Takes in how many bytes there are at `time`, which never goes back. nil in the first second, and when
    /// the count was set back, as at the start of a new phase.
    mutating func rate(bytes: Int, at time: Duration) -> Double? {
        if let last = samples.last, bytes < last.bytes { samples.removeAll() }
        samples.append((time, bytes))
        // The newest sample that is older than the window stays as its beginning.
        while samples.count > 2, time - samples[1].time >= Self.window { samples.removeFirst() }
        let elapsed = time - samples[0].time
        guard elapsed >= .seconds(1) else { return nil }
        return Double(bytes - samples[0].bytes) / (elapsed / .seconds(1))
    }
}
