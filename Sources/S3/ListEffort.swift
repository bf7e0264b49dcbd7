/// What a listing has cost so far, from its first page on: one that a provider never ends has to end here.
///
/// The time is that of its requests alone: whoever reads the pages may take longer.
struct ListEffort: Hashable {
    /// Pages of fewer names than this are short. A service may answer some, where it leaves out what was deleted.
    static let fewNames = 100
    static let shortPageLimit = 1000
    /// A page of 1,000 names may take 10 s in the long run, after two minutes that are free.
    static let freeMilliseconds = 120_000
    static let millisecondsPerName = 10
    /// Packs of 16 MiB for each come to 256 TiB.
    static let nameLimit = 1 << 24

    private(set) var nameCount = 0
    private(set) var shortPageCount = 0
    private(set) var milliseconds = 0

    init() {}

    init?(_ text: String) {
        let numbers = text.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        (nameCount, shortPageCount, milliseconds) = (numbers[0], numbers[1], numbers[2])
    }

    var text: String { "\(nameCount) \(shortPageCount) \(milliseconds)" }

    /// With one page more.
    ///
    /// - Throws: where that is more than a listing may cost.
    func adding(names count: Int, taking time: Duration) throws(MalformedXML) -> ListEffort {
        var sum = self
        sum.nameCount += count
        sum.shortPageCount += count < Self.fewNames ? 1 : 0
        sum.milliseconds += time.wholeMilliseconds
        guard sum.nameCount <= Self.nameLimit else {
            throw MalformedXML(reason: "the listing has more than \(Self.nameLimit) names")
        }
        guard sum.shortPageCount <= Self.shortPageLimit else {
            throw MalformedXML(
                reason: "the listing goes on, and \(sum.shortPageCount) of its pages had hardly a name")
        }
        guard sum.milliseconds <= Self.freeMilliseconds + sum.nameCount * Self.millisecondsPerName else {
            throw MalformedXML(
                reason: "the listing is too slow: \(sum.nameCount) names in \(sum.milliseconds / 1000) s")
        }
        return sum
    }
}
