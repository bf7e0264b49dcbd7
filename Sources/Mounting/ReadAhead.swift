/// How far ahead of a reader chunks are fetched: not at all of one that jumps, and twice as far with each chunk of one
/// that goes on, so that several requests are on their way at once.
struct ReadAhead: Sendable {
    private let limit: Int
    private var last = -1
    private var depth = 0

    /// - Parameter limit: the most chunks.
    init(limit: Int) { self.limit = limit }

    /// Takes the chunk that is read, and returns how many behind it are to be fetched.
    mutating func advance(to chunk: Int) -> Int {
        // The kernel's own reading ahead does not keep the order at a chunk's border.
        if chunk == last || chunk == last - 1 { return 0 }
        depth = chunk == last + 1 ? min(max(1, depth * 2), limit) : 0
        last = chunk
        return depth
    }
}
