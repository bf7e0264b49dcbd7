import SoakTesting

/// What a command took, beside what the process had before: the test's replicas and the hostile server are in it too.
struct HostileCost: Sendable, CustomStringConvertible {
    let time: Duration
    let byteCount: Int

    /// What no command may reach, whatever one replica does.
    static let bound = HostileCost(time: .seconds(300), byteCount: 600 << 20)

    /// Whether nothing else runs in this process, whose memory would count too.
    private static let isAlone = Soak.isFull("MALICIOUS")

    static func measured(_ body: () async throws -> Void) async throws -> HostileCost {
        let start = ContinuousClock.now
        if isAlone { try ProcessMemory.resetPeak() }
        let before = try ProcessMemory.resident()
        try await body()
        let growth = isAlone ? max(0, try ProcessMemory.peak() - before) : 0
        return HostileCost(time: ContinuousClock.now - start, byteCount: growth)
    }

    /// The greater of both times, and of both sizes.
    func orMore(_ other: HostileCost) -> HostileCost {
        HostileCost(time: max(time, other.time), byteCount: max(byteCount, other.byteCount))
    }

    var description: String {
        "\(time.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1)))), \(byteCount >> 20) MiB"
    }
}
