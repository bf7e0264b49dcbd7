/// The share of each replica's bytes that was read back within the last days, as lines over time.
struct ReadBackChart {
    private static let (left, top, width, height) = (40, 10, 600, 160)

    let readBack: DashboardModel.ReadBack
    let names: [String]

    /// How many lines can be told apart.
    static let lineKindCount = 6

    var picture: HTML {
        let lines = [0, 25, 50, 75, 100].map { percent -> HTML in
            let y = Self.y(Double(percent) / 100)
            return """
                <line class="grid" x1="\(Self.left)" x2="\(Self.left + Self.width)" y1="\(y)" y2="\(y)"/>
                <text class="end" x="\(Self.left - 6)" y="\(y + 4)">\(percent) %</text>
                """
        }
        let first = readBack.samples.first.map { momentText($0.time).prefix(10) } ?? ""
        let last = readBack.samples.last.map { momentText($0.time).prefix(10) } ?? ""
        let below = Self.top + Self.height + 16
        return """
            <svg class="lines" role="img" aria-label="\(summary)" \
            viewBox="0 0 \(Self.left + Self.width + 10) \(Self.top + Self.height + 22)">
            \(lines)
            \(names.indices.map(line))
            <text x="\(Self.left)" y="\(below)">\(String(first))</text>
            <text class="end" x="\(Self.left + Self.width)" y="\(below)">\(String(last))</text>
            </svg>
            """
    }

    /// A line, the area below it, and a dot for each sample.
    private func line(_ replica: Int) -> HTML {
        let points = readBack.samples.compactMap { sample -> (x: Int, y: Int)? in
            guard replica < sample.shares.count, let share = sample.shares[replica] else { return nil }
            return (x(sample.time), Self.y(share))
        }
        guard let first = points.first, let last = points.last else { return "" }
        let path = points.map { "\($0.x),\($0.y)" }.joined(separator: " ")
        let floor = Self.y(0)
        let area = "\(first.x),\(floor) \(path) \(last.x),\(floor)"
        let kind = replica % Self.lineKindCount
        let dots = points.map { "<circle cx=\"\($0.x)\" cy=\"\($0.y)\" r=\"3\"/>" as HTML }
        return """
            <g class="line\(kind)"><polygon points="\(area)"/><polyline points="\(path)"/>\(dots)</g>
            """
    }

    private func x(_ time: Int64) -> Int {
        guard let first = readBack.samples.first?.time, let last = readBack.samples.last?.time, last > first
        else { return Self.left + Self.width }
        return Self.left + Int(Double(time - first) / Double(last - first) * Double(Self.width))
    }

    private static func y(_ share: Double) -> Int { top + Int((1 - min(max(share, 0), 1)) * Double(height)) }

    var legend: HTML {
        let rows = names.enumerated().map { index, name -> HTML in
            """
            <li><svg width="22" height="12" aria-hidden="true"><g class="line\(index % Self.lineKindCount)">\
            <polyline points="1,6 21,6"/></g></svg> \(name): \(share(index))</li>
            """
        }
        return "<ul class=\"legend\">\(rows)</ul>"
    }

    private func share(_ replica: Int) -> String {
        guard let shares = readBack.samples.last?.shares, replica < shares.count, let share = shares[replica]
        else { return "not known" }
        return "\(Int((share * 100).rounded(.down))) %"
    }

    private var summary: String {
        "Share of bytes read back in the last \(readBack.days) days: "
            + names.indices.map { "\(names[$0]) \(share($0))" }.joined(separator: ", ")
    }
}
