internal import Terminal

/// The days on which files are from, as one square a day, in the colour of the lowest number of replicas that hold them.
struct CalendarChart {
    /// How many years are drawn, from the last one back; the table tells of all.
    private static let drawnYearCount = 12
    private static let step = 12
    private static let side = 10
    private static let left = 34
    private static let top = 16

    let days: [DashboardModel.Day]
    let placeCount: Int

    /// How well a day is kept: on all replicas, on some, on one, on none.
    enum Keeping: String, CaseIterable {
        case all, some, one, none

        init(lowest: Int, of placeCount: Int) {
            self =
                lowest >= placeCount && lowest > 0 ? .all : lowest > 1 ? .some : lowest == 1 ? .one : .none
        }

        func label(_ placeCount: Int) -> String {
            switch self {
            case .all: placeCount == 1 ? "on the only replica" : "on all \(placeCount) replicas"
            case .some: "on more than one, not all"
            case .one: "on one replica alone"
            case .none: "on none, or not confirmed"
            }
        }
    }

    /// The pictures of the years, newest first.
    var years: [HTML] {
        let years = Dictionary(grouping: days) { CivilDate(dayNumber: $0.number).year }
        return years.keys.sorted(by: >).prefix(Self.drawnYearCount).map { year($0, days: years[$0] ?? []) }
    }

    private func year(_ year: Int, days: [DashboardModel.Day]) -> HTML {
        let first = CivilDate.firstDayNumber(of: year)
        let offset = CivilDate(dayNumber: first).weekday
        let squares = days.map { day -> HTML in
            let place = day.number - first + offset
            let (x, y) = (Self.left + place / 7 * Self.step, Self.top + place % 7 * Self.step)
            return """
                <rect class="\(keeping(day).rawValue)" x="\(x)" y="\(y)" width="\(Self.side)" height="\(Self.side)" \
                rx="2"><title>\(title(day))</title></rect>
                """
        }
        let months = (0..<12).map { month -> HTML in
            let x = Self.left + (month * 306 / 10 + offset) / 7 * Self.step
            return "<text x=\"\(x)\" y=\"10\">\(Self.monthNames[month])</text>"
        }
        let (width, height) = (Self.left + 54 * Self.step, Self.top + 7 * Self.step)
        let files = days.reduce(0) { $0 + $1.fileCount }
        let label =
            "\(year): \(HumanReadable.count(files, "file")) of \(HumanReadable.count(days.count, "day"))"
        return """
            <svg class="calendar" role="img" aria-label="\(label)" viewBox="0 0 \(width) \(height)" \
            width="\(width)" height="\(height)">
            <rect class="year" x="\(Self.left - 2)" y="\(Self.top - 2)" width="\(53 * Self.step + 2)" \
            height="\(7 * Self.step + 2)" rx="3"/>
            <text class="name" x="0" y="\(Self.top + 46)">\(String(year))</text>
            \(months)
            \(squares)
            </svg>
            """
    }

    private func keeping(_ day: DashboardModel.Day) -> Keeping {
        Keeping(lowest: day.lowestPlaceCount, of: placeCount)
    }

    private func title(_ day: DashboardModel.Day) -> String {
        "\(CivilDate(dayNumber: day.number).text): \(HumanReadable.count(day.fileCount, "file")), "
            + keeping(day).label(placeCount)
    }

    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// What the colours mean.
    var legend: HTML {
        let rows = Keeping.allCases.map { keeping -> HTML in
            """
            <li><svg width="12" height="12" aria-hidden="true"><rect class="\(keeping.rawValue)" x="1" y="1" \
            width="10" height="10" rx="2"/></svg> \(keeping.label(placeCount))</li>
            """
        }
        return "<ul class=\"legend calendar\">\(rows)</ul>"
    }

    /// The same in words, month by month, newest first.
    var table: HTML {
        let months = Dictionary(grouping: days) { CivilDate(dayNumber: $0.number).monthText }
        let rows = months.sorted { $0.key > $1.key }.map { month, days -> HTML in
            let lowest = days.map(\.lowestPlaceCount).min() ?? 0
            return """
                <tr><th scope="row">\(month)</th><td class="number">\(days.count)</td>\
                <td class="number">\(HumanReadable.count(days.reduce(0) { $0 + $1.fileCount }))</td>\
                <td class="number">\(lowest)</td></tr>
                """
        }
        return """
            <div class="wide" tabindex="0" role="region" aria-label="Months"><table>
            <caption>Files by month, and the lowest number of replicas that hold them</caption>
            <thead><tr><th scope="col">Month</th><th scope="col" class="number">Days</th>\
            <th scope="col" class="number">Files</th><th scope="col" class="number">Replicas</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
    }
}
