internal import GRDB
internal import Replicator

/// What trials have found: which locations are one place, and which are two.
extension Catalog {
    private static func pairName(_ one: String, _ other: String) -> String {
        "place " + [one, other].sorted().joined(separator: " | ")
    }

    /// Whether two locations are one place; nil where no trial has told.
    func isSamePlace(_ one: String, _ other: String) throws -> Bool? {
        try setting(Self.pairName(one, other)).map { $0 == "same" }
    }

    /// The pairs of these locations that were found to be one place, by their indices.
    func samePlaces(among locations: [String]) throws -> [(Int, Int)] {
        var same: [(Int, Int)] = []
        for one in locations.indices {
            for other in locations.indices where one < other {
                if try isSamePlace(locations[one], locations[other]) ?? false { same.append((one, other)) }
            }
        }
        return same
    }

    func setSamePlace(_ one: String, _ other: String, _ isSame: Bool) throws {
        try set(Self.pairName(one, other), to: isSame ? "same" : "apart")
    }

    /// Whether what is stored there gets no lock, though it was to have one; nil where nobody has looked.
    func isUnlocked(_ location: String) throws -> Bool? {
        try setting("unlocked \(location)").map { $0 == "yes" }
    }

    func setUnlocked(_ location: String, _ isUnlocked: Bool) throws {
        try set("unlocked \(location)", to: isUnlocked ? "yes" : "no")
    }
}
