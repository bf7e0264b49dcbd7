/// The hints that the program gives, and who tries them.
enum HintTable {
    enum Trial: Sendable {
        /// As `Suite.function`: does what the hint says, and sees that it works.
        case test(String)
        /// What it would take to follow the hint, which no test can have.
        case outside(String)
    }

    struct Row: Sendable {
        let hint: String
        let trial: Trial
    }

    /// So many hints at most may be tried by nobody.
    static let outsideLimit = 12

    static let rows: [Row] = text.split(separator: "\n").compactMap { line in
        let parts = line.split(separator: "\t").map(String.init)
        guard parts.count == 2 else { return nil }
        let isOutside = parts[1].hasPrefix("outside: ")
        return Row(
            hint: parts[0], trial: isOutside ? .outside(String(parts[1].dropFirst(9))) : .test(parts[1]))
    }
}
