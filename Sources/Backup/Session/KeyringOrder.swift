internal import ObjectStore

/// In which order keyrings are worth trying.
///
/// Whoever may write to a provider can plant any number of them, under any sequence. The order decides only how soon the
/// vault's own is found: each one is tried in the end.
struct KeyringOrder {
    /// So few are tried newest first, whoever shows them.
    static let fewCount = 3

    /// The keyring that this machine opened last.
    var remembered: ObjectKey?
    /// Those that signed objects name, signed by the key that the keyring itself states.
    var named: Set<ObjectKey> = []

    func sorted(_ shown: [ShownKeyring]) -> [ShownKeyring] {
        let newestFirst = shown.sorted { ($0.sequence, $0.key) > ($1.sequence, $1.key) }
        guard shown.count > Self.fewCount else { return newestFirst }
        func trust(_ keyring: ShownKeyring) -> Int {
            if keyring.key == remembered { return 3 }
            if named.contains(keyring.key) { return 2 }
            return keyring.holders.count > 1 ? 1 : 0
        }
        return [3, 2, 1, 0].flatMap { level in
            taken(fromBothEndsOf: newestFirst.filter { trust($0) == level })
        }
    }

    /// From each replica in turn the newest and the oldest: a provider that shows thousands of its own does not stand
    /// before the others.
    private func taken(fromBothEndsOf newestFirst: [ShownKeyring]) -> [ShownKeyring] {
        var queues = Dictionary(grouping: newestFirst) { $0.holders.first ?? 0 }
            .sorted { $0.key < $1.key }.map { ArraySlice($0.value) }
        var order: [ShownKeyring] = []
        order.reserveCapacity(newestFirst.count)
        while order.count < newestFirst.count {
            for index in queues.indices {
                if let newest = queues[index].popFirst() { order.append(newest) }
                if let oldest = queues[index].popLast() { order.append(oldest) }
            }
        }
        return order
    }
}
