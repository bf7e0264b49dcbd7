import Foundation
import Testing

@testable import photobackup

@Suite struct RunTimesTests {
    /// Reckons with the C library's own local time, whatever it is here.
    private func moment(_ hour: Int32, _ minute: Int32, day: Int32 = 14) -> Int64 {
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (126, 6, day)
        (parts.tm_hour, parts.tm_min, parts.tm_isdst) = (hour, minute, -1)
        return Int64(mktime(&parts))
    }

    private let daily = RunTimes.daily(hour: 2, minute: 30)

    @Test func theLastMomentAndTheNextOne() {
        #expect(daily.last(upTo: moment(2, 30)) == moment(2, 30))
        #expect(daily.last(upTo: moment(2, 29)) == moment(2, 30, day: 13))
        #expect(daily.next(after: moment(2, 30)) == moment(2, 30, day: 15))
        #expect(daily.next(after: moment(2, 29)) == moment(2, 30))
        let sixHours = RunTimes.every(minutes: 360)
        #expect(sixHours.last(upTo: moment(17, 59)) == moment(12, 0))
        #expect(sixHours.next(after: moment(18, 0)) == moment(0, 0, day: 15))
        #expect(RunTimes.every(minutes: 15).last(upTo: moment(17, 59)) == moment(17, 45))
    }

    @Test func aRunIsDueOnceForEachMoment() {
        #expect(!daily.isDue(at: moment(2, 29), last: moment(2, 31, day: 13), delay: 0))
        #expect(daily.isDue(at: moment(2, 30), last: moment(2, 31, day: 13), delay: 0))
        #expect(!daily.isDue(at: moment(2, 40), last: moment(2, 31), delay: 0))
        #expect(daily.isDue(at: moment(2, 30), last: nil, delay: 0))
    }

    @Test func aRunThatWasMissedIsMadeUpForOnce() {
        let woken = moment(9, 12, day: 20)
        #expect(daily.isDue(at: woken, last: moment(2, 31), delay: 0))
        #expect(!daily.isDue(at: woken + 600, last: woken, delay: 0))
    }

    @Test func eachMachineBeginsLaterByAsMuchAsEver() {
        let delay: Int64 = 600
        #expect(!daily.isDue(at: moment(2, 39), last: moment(2, 41, day: 13), delay: delay))
        #expect(daily.isDue(at: moment(2, 40), last: moment(2, 41, day: 13), delay: delay))
        #expect(!daily.isDue(at: moment(2, 50), last: moment(2, 40), delay: delay))
        // A run that somebody started between the moment and the delay does not count for the next day.
        #expect(daily.isDue(at: moment(2, 41, day: 15), last: moment(2, 35), delay: delay))
    }

    /// LESSONS, kopia #1087: no trust in a clock that jumped. What lies far ahead says nothing.
    @Test func aClockThatWasPutBackHoldsUpNothingForLong() {
        #expect(daily.isDue(at: moment(12, 0), last: moment(12, 0, day: 17), delay: 0))
        #expect(!daily.isDue(at: moment(12, 0), last: moment(13, 0), delay: 0))
    }
}
