/// How long a read waits for one replica before it asks the next one as well.
public struct Patience: Hashable, Sendable {
    /// For the first byte.
    public let base: Duration
    /// The rate below which a replica counts as slow.
    public let bytesPerSecond: Int

    public init(base: Duration = .seconds(2), bytesPerSecond: Int = 1_000_000) {
        self.base = base
        self.bytesPerSecond = bytesPerSecond
    }

    public func delay(byteCount: Int) -> Duration {
        base + .seconds(Double(byteCount) / Double(bytesPerSecond))
    }
}
