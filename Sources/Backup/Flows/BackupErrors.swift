/// A prune deleted, again and again, what this run was about to refer to.
public struct PrunedMeanwhileError: Error, Sendable, CustomStringConvertible {
    public var description: String { "content that the snapshot needs was deleted while it was made" }
    public var hint: String { "run it again: what is stored stays stored" }
}
