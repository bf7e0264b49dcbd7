import Testing

@testable import S3

/// As many connections as make a line faster, and no more.
@Suite struct ConnectionTunerTests {
    /// Lets the tuner look for that many seconds at a line on which each connection carries `share` bytes a second,
    /// up to `line` in all.
    private func run(
        _ tuner: inout ConnectionTuner, from start: ContinuousClock.Instant, seconds: Int, share: Int,
        line: Int
    ) {
        var byteCount = 0
        for tenth in 0...(seconds * 10) {
            tuner.observe(
                byteCount: byteCount, at: start + .milliseconds(100 * tenth), isFull: true)
            byteCount += min(tuner.count * share, line) / 10
        }
    }

    @Test(arguments: [
        (line: 100, count: 2), (line: 400, count: 4), (line: 100_000, count: ConnectionTuner.limit),
    ])
    func theirNumberFollowsTheLine(line: Int, count: Int) {
        var tuner = ConnectionTuner()
        run(&tuner, from: .now, seconds: 20, share: 100, line: line)
        #expect(tuner.count == count)
    }

    @Test func aLineThatHasBecomeFasterIsFoundOut() {
        var tuner = ConnectionTuner()
        let start = ContinuousClock.now
        run(&tuner, from: start, seconds: 20, share: 100, line: 200)
        #expect(tuner.count == 2)
        run(&tuner, from: start + .seconds(20), seconds: 60, share: 100, line: 600)
        #expect(tuner.count == 6)
    }

    @Test func whatIsNotFullSaysNothing() {
        var tuner = ConnectionTuner()
        let start = ContinuousClock.now
        for second in 0..<100 {
            tuner.observe(byteCount: second * 1000, at: start + .seconds(second), isFull: second % 2 == 0)
        }
        #expect(tuner.count == 2)
    }
}
