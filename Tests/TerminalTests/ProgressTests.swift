import Foundation
import Synchronization
import Testing

@testable import Terminal

@Suite struct ProgressLineTests {
    private let snapshot = ProgressSnapshot(
        files: 1204, filesTotal: 3000, bytes: 1_200_000_000, bytesTotal: 4_500_000_000,
        providers: [
            .init(name: "backblaze", state: .done(byteCount: 1_200_000_000)),
            .init(name: "wasabi", state: .active(byteCount: 1_100_000_000)),
            .init(name: "shelf", state: .behind), .init(name: "nas", state: .failed),
        ])
    private let whole = """
        1,204/3,000 files · 1.2 GB/4.5 GB · 92 MB/s · 0:36 left · backblaze ✓ 1.2 GB · wasabi 1.1 GB · shelf behind · \
        nas failed
        """

    @Test func aLineTellsAll() {
        #expect(ProgressLine.text(snapshot, bytesPerSecond: 92e6, width: 200) == whole)
    }

    @Test(arguments: [0, 1, 2, 3, 40, 80, 119, 120, 121, 122])
    func aLineLeavesTheLastColumnFree(width: Int) {
        let text = ProgressLine.text(snapshot, bytesPerSecond: 92e6, width: width)
        #expect(text.count == min(max(width - 1, 0), whole.count))
        #expect(text == whole || text.isEmpty || text.hasSuffix("…"))
    }

    @Test func whatIsNotKnownIsLeftOut() {
        let start = ProgressSnapshot(phase: "scanning", files: 7, bytes: 640)
        #expect(ProgressLine.text(start, bytesPerSecond: nil, width: 80) == "scanning · 7 files · 640 B")
        #expect(ProgressLine.text(start, bytesPerSecond: 0, width: 80) == "scanning · 7 files · 640 B")
    }

    @Test func aTotalThatIsOvertakenGrows() {
        let grown = ProgressSnapshot(files: 5, filesTotal: 4, bytes: 2000, bytesTotal: 1000)
        #expect(
            ProgressLine.text(grown, bytesPerSecond: 10, width: 80) == "5/5 files · 2.0 kB/2.0 kB · 10 B/s")
    }

    @Test func aRateThatIsNearlyNothingPromisesNoTime() {
        let slow = ProgressSnapshot(files: 0, bytes: 0, bytesTotal: 1_000_000_000)
        #expect(ProgressLine.text(slow, bytesPerSecond: 1, width: 80) == "0 files · 0 B/1.0 GB · 1 B/s")
    }
}

@Suite struct RateEstimatorTests {
    @Test func theFirstSecondHasNoRate() {
        var estimator = RateEstimator()
        #expect(estimator.rate(bytes: 0, at: .zero) == nil)
        #expect(estimator.rate(bytes: 500, at: .milliseconds(999)) == nil)
        #expect(estimator.rate(bytes: 1000, at: .seconds(1)) == 1000)
    }

    @Test func whatIsLongPastIsForgotten() {
        var estimator = RateEstimator()
        for second in 0...20 { _ = estimator.rate(bytes: second * 1000, at: .seconds(second)) }
        for second in 21...40 { _ = estimator.rate(bytes: 20_000 + (second - 20) * 10, at: .seconds(second)) }
        #expect(estimator.rate(bytes: 20_210, at: .seconds(41)) == 10)
    }

    @Test func aCountThatIsSetBackStartsAnew() {
        var estimator = RateEstimator()
        _ = estimator.rate(bytes: 5000, at: .zero)
        #expect(estimator.rate(bytes: 0, at: .seconds(5)) == nil)
        #expect(estimator.rate(bytes: 300, at: .seconds(8)) == 100)
    }
}

@Suite struct ProgressDisplayTests {
    @Test func onATerminalTheLineMovesAndGoes() throws {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(master) }
        var unlocked: CInt = 0
        var number: CInt = 0
        // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h, macros that are not imported.
        try #require(master >= 0 && ioctl(master, 0x4004_5431, &unlocked) == 0)
        try #require(ioctl(master, 0x8004_5430, &number) == 0)
        let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(terminal) }
        var size = winsize(ws_row: 24, ws_col: 20, ws_xpixel: 0, ws_ypixel: 0)
        #expect(ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0)

        let output = Output(
            format: .text, verbosity: .normal, standardOutput: terminal, standardError: terminal)
        let drawn = Mutex(0)
        let third = DispatchSemaphore(value: 0)
        let display = try #require(
            ProgressDisplay(on: output) {
                let count = drawn.withLock { count in
                    count += 1
                    return count
                }
                if count == 3 { third.signal() }
                return ProgressSnapshot(files: count, bytes: 12_345_678)
            })
        third.wait()
        display.stop()
        let last = drawn.withLock { $0 }
        output.information("end")

        let clear = "\r\u{1b}[K"
        let lines = (1...last).map { "\($0) files · 12 MB" + clear }
        let expected = Array((lines.joined() + "end\r\n").utf8)
        var received: [UInt8] = []
        var byte: UInt8 = 0
        while received.count < expected.count, read(master, &byte, 1) == 1 { received.append(byte) }
        #expect(received == expected)
    }
}
