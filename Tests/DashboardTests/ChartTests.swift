import Foundation
import FoundationXML
import Testing

@testable import Dashboard

@Suite struct ChartTests {
    /// What XML's own parser finds in a piece: the elements, in order, with their attributes.
    private func elements(_ html: HTML) throws -> [(name: String, attributes: [String: String])] {
        final class Reader: NSObject, XMLParserDelegate {
            var found: [(name: String, attributes: [String: String])] = []

            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
                qualifiedName: String?,
                attributes: [String: String]
            ) { found.append((name, attributes)) }
        }
        let reader = Reader()
        let parser = XMLParser(data: Data("<root>\(html.text)</root>".utf8))
        parser.delegate = reader
        try #require(parser.parse(), "\(html.text)")
        return reader.found
    }

    private static let firstDays = [0, 1, 364, 365, 10_956, 11_016, 20_414, 20_780, -1, -366, 2_932_896]

    @Test(arguments: firstDays) func datesAreThoseOfTheGregorianCalendar(number: Int) throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        let date = Date(timeIntervalSince1970: Double(number) * 86400)
        let expected = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
        let found = CivilDate(dayNumber: number)
        #expect([found.year, found.month, found.day] == [expected.year, expected.month, expected.day])
        #expect(found.weekday == ((expected.weekday ?? 0) + 5) % 7)
        let first = CivilDate(dayNumber: CivilDate.firstDayNumber(of: found.year))
        #expect(first.year == found.year && first.month == 1 && first.day == 1)
    }

    @Test func everyDayIsASquareInsideOfThePictureInItsColour() throws {
        let first = CivilDate.firstDayNumber(of: 2024)
        let days = (0..<366).map {
            DashboardModel.Day(number: first + $0, fileCount: $0 + 1, lowestPlaceCount: $0 % 4)
        }
        let chart = CalendarChart(days: days, placeCount: 3)
        let years = chart.years
        #expect(years.count == 1)
        let found = try elements(years[0])
        let svg = try #require(found.first { $0.name == "svg" })
        #expect(svg.attributes["role"] == "img")
        #expect(svg.attributes["aria-label"]?.hasPrefix("2024: 67,161 files of 366 days") == true)
        let (width, height) = (
            Int(svg.attributes["width"] ?? "") ?? 0, Int(svg.attributes["height"] ?? "") ?? 0
        )
        let squares = found.filter { $0.name == "rect" && $0.attributes["class"] != "year" }
        #expect(
            squares.map { $0.attributes["class"] }
                == (0..<366).map { ["none", "one", "some", "all"][$0 % 4] })
        let places = squares.map {
            [Int($0.attributes["x"] ?? "") ?? -1, Int($0.attributes["y"] ?? "") ?? -1]
        }
        #expect(Set(places).count == 366, "no two days in one place")
        #expect(places.allSatisfy { $0[0] >= 0 && $0[0] + 10 <= width && $0[1] >= 0 && $0[1] + 10 <= height })
        #expect(found.count { $0.name == "title" } == 366)
        #expect(chart.table.text.contains("<th scope=\"row\">2024-02</th><td class=\"number\">29</td>"))
    }

    @Test(arguments: [
        (3, 3, "all"), (2, 3, "some"), (1, 3, "one"), (0, 3, "none"), (1, 1, "all"), (0, 1, "none"),
    ])
    func aDayIsColouredByItsLowestReplicaCount(lowest: Int, of count: Int, expected: String) {
        #expect(CalendarChart.Keeping(lowest: lowest, of: count).rawValue == expected)
    }

    @Test(arguments: [0, 1, 2, 40]) func sharesOfAllReplicasAreLinesInsideOfThePicture(count: Int) throws {
        var readBack = DashboardModel.ReadBack()
        readBack.samples = (0..<count).map {
            DashboardModel.ReadBack.Sample(
                time: Int64($0) * 86400, shares: [Double($0) / 40, 1, $0 % 2 == 0 ? nil : 0])
        }
        let chart = ReadBackChart(readBack: readBack, names: ["a", "b <1>", "c"])
        let found = try elements(chart.picture)
        let svg = try #require(found.first)
        #expect(svg.name == "root" && found[1].name == "svg")
        #expect(
            found[1].attributes["aria-label"]?.contains("b <1> \(count > 0 ? "100 %" : "not known")") == true)
        #expect(found.count { $0.name == "polyline" } == (count == 0 ? 0 : count == 1 ? 2 : 3))
        for line in found where line.name == "polyline" || line.name == "polygon" {
            for pair in (line.attributes["points"] ?? "").split(separator: " ") {
                let point = pair.split(separator: ",").compactMap { Int($0) }
                try #require(point.count == 2)
                #expect((40...640).contains(point[0]) && (10...170).contains(point[1]))
            }
        }
        _ = try elements(chart.legend)
    }
}
