internal import Terminal

/// `1.2 GB`.
func byteText(_ count: Int64) -> String { HumanReadable.bytes(Int(clamping: count)) }

/// `2 h 5 min`, `40 s`, `3 days`: two units at most.
func spanText(_ seconds: Int64) -> String {
    let seconds = max(0, seconds)
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min" }
    if seconds < 86400 { return "\(seconds / 3600) h \(seconds / 60 % 60) min" }
    return HumanReadable.count(Int(seconds / 86400), "day")
}
