/// Names that a person may have meant who typed another one.
public enum NearestNames {
    private static let limit = 3

    /// The nearest of the candidates, the likeliest first; none where none is near.
    public static func of(_ word: String, in candidates: [String]) -> [String] {
        let wanted = Array(word.lowercased())
        let most = max(1, wanted.count / 3)
        return candidates.compactMap { candidate -> (name: String, distance: Int)? in
            let other = Array(candidate.lowercased())
            guard abs(other.count - wanted.count) <= most else { return nil }
            let distance = distance(wanted, other)
            return distance <= most ? (candidate, distance) : nil
        }
        .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(limit).map(\.name)
    }

    /// How many insertions, deletions, replacements and swaps of neighbours make one word the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var earlier: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                var least = min(
                    previous[column + 1] + 1, current[column] + 1,
                    previous[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, earlier[column - 1] + 1)
                }
                current.append(least)
            }
            (earlier, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
