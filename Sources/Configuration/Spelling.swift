/// What a person may have meant who misspelt a word.
public enum Spelling {
    /// The candidate that a person most likely meant; nil when none is near.
    public static func nearest(to word: String, in candidates: [String]) -> String? {
        let ranked = candidates.map { (candidate: $0, distance: editDistance(word, $0)) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, word.count / 3) ? best.candidate : nil
    }

    /// How many insertions, deletions and replacements make one word the other (Levenshtein).
    private static func editDistance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var previous = Array(0...right.count)
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                current.append(
                    min(
                        previous[column + 1] + 1, current[column] + 1,
                        previous[column] + (character == other ? 0 : 1)))
            }
            previous = current
        }
        return previous[right.count]
    }
}
