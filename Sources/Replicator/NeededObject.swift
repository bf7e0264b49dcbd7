public import ObjectStore

/// An object that every replica must have.
public struct NeededObject: Hashable, Sendable {
    public let key: ObjectKey
    /// The size that an inventory states; nil when nothing states it.
    public let byteCount: Int?

    public init(key: ObjectKey, byteCount: Int?) {
        self.key = key
        self.byteCount = byteCount
    }
}
