import Foundation
import S3Signer
import Testing

@Suite("Signing dates")
struct SigningDateTests {
    @Test(
        "at the borders of days, years and leap years",
        arguments: [
            (0, "19700101T000000Z"), (86_399, "19700101T235959Z"), (86_400, "19700102T000000Z"),
            (-1, "19691231T235959Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"), (1_369_353_600, "20130524T000000Z"),
            (1_456_704_000, "20160229T000000Z"), (4_107_542_400, "21000301T000000Z"),
            (4_107_542_399, "21000228T235959Z"), (253_402_300_799, "99991231T235959Z"),
            (-62_167_219_200, "00000101T000000Z"),
        ] as [(Int64, String)])
    func borders(_ seconds: Int64, _ timestamp: String) {
        let date = SigningDate(secondsSince1970: seconds)
        #expect(date.timestamp == timestamp)
        #expect(date.day == timestamp.prefix(8))
    }

    @Test("as Foundation has them, every day for 400 years")
    func everyDay() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for day in 0..<146_097 {
            let seconds = Int64(day) * 86_400 + Int64(day % 86_400)
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(seconds)))
            let number = parts.year! * 10_000 + parts.month! * 100 + parts.day!
            guard SigningDate(secondsSince1970: seconds).day == String(number) else {
                Issue.record("day \(day) is \(number)")
                return
            }
        }
    }
}
