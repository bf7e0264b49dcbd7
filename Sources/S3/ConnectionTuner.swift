/// Finds out how many transfers at the same time a provider is worth: one more is tried, and kept only where the
/// throughput grows by it.
///
/// More connections than that divide the same line, and a provider may slow down whoever opens many.
struct ConnectionTuner {
    static let limit = 8

    private static let window = Duration.seconds(1)
    /// What one more connection must bring to be kept.
    private static let worthwhileGrowth = 1.1
    /// Windows without a try, since what a line can carry changes.
    private static let restCount = 30

    private struct Window {
        let start: ContinuousClock.Instant
        let byteCount: Int
    }

    /// How many transfers may run now.
    private(set) var count = 2
    private var window: Window?
    /// Bytes a second with one connection fewer; nil while none is being tried.
    private var rateBefore: Double?
    private var restingCount = 0

    /// Takes what the loop sees each time it turns.
    ///
    /// - Parameters:
    ///   - byteCount: bytes of bodies moved so far, both ways.
    ///   - isFull: whether all connections are at work, and more transfers wait. Else throughput says nothing.
    mutating func observe(byteCount: Int, at now: ContinuousClock.Instant, isFull: Bool) {
        guard isFull else {
            window = nil
            return
        }
        guard let window else {
            window = Window(start: now, byteCount: byteCount)
            return
        }
        let elapsed = now - window.start
        guard elapsed >= Self.window else { return }
        self.window = Window(start: now, byteCount: byteCount)
        judge(rate: Double(byteCount - window.byteCount) / (elapsed / .seconds(1)))
    }

    private mutating func judge(rate: Double) {
        if let rateBefore, rate < rateBefore * Self.worthwhileGrowth {
            count -= 1
            self.rateBefore = nil
            restingCount = Self.restCount
        } else if restingCount > 0 {
            restingCount -= 1
        } else if count < Self.limit {
            count += 1
            rateBefore = rate
        } else {
            rateBefore = nil
        }
    }
}
