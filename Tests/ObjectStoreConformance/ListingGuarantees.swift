internal import ObjectStore

extension Room {
    func aListingIsInOrderOfBytes() async throws {
        try await requireOrder([
            "a/0", "a/b/c", "a/b/d", "a/e-", "a/e.", "a/e0", "a/e_", "b", "0/z", "-", "z/z/z",
        ])
    }

    /// `-` and `.` precede `/`, which precedes digits and letters: where a directory stands among its siblings
    /// is not where its name stands. (No name is also the folder of another: stores of files cannot have that.)
    func aFolderStandsWhereItsSlashPutsIt() async throws {
        try await requireOrder(["a-b", "a-c/d", "a.b", "a/-", "a/b/c", "a/b-c", "a/b.c", "a/bc", "a0", "aa"])
    }

    private func requireOrder(_ names: [String]) async throws {
        try await forEach(names) { [self] name in try await store.put(key(name), [1]) }
        let listed = try await store.listAll(prefix: prefix)
        try require(
            listed.map(\.key) == names.map { key($0) }.sorted(), "the listing is \(listed.map(\.key))")
        try require(listed.allSatisfy { $0.byteCount == 1 }, "the sizes are \(listed.map(\.byteCount))")
    }

    func aListingKeepsToItsPrefix() async throws {
        for name in ["snapshots/aa/1", "snapshots/ab/2", "snapshots/b/3", "snapshot", "tombstones/4"] {
            try await store.put(key(name), [1])
        }
        let expected = [
            "snapshots/": ["snapshots/aa/1", "snapshots/ab/2", "snapshots/b/3"],
            "snapshots/a": ["snapshots/aa/1", "snapshots/ab/2"],
            "snapshots/aa/1": ["snapshots/aa/1"],
            "snapshot": ["snapshot", "snapshots/aa/1", "snapshots/ab/2", "snapshots/b/3"],
            "t": ["tombstones/4"],
        ]
        for (part, names) in expected {
            let listed = try await store.listAll(prefix: prefix + part).map(\.key)
            try require(listed == names.map { key($0) }, "under \(part) are \(listed)")
        }
    }

    func aListingOfNothingIsEmpty() async throws {
        for part in ["", "nothing", "nothing/", "nothing/at/all"] {
            let page = try await store.list(prefix: prefix + part, continuing: nil)
            try require(
                page.objects.isEmpty && page.foreignNames.isEmpty && page.nextToken == nil,
                "nothing is listed as \(page)")
        }
    }

    func aLongListingGoesOnWithoutGaps() async throws {
        let names = (0..<1003).map { number in "\(number % 7)/\(String(number, radix: 36))" }
        try await forEach(names) { [self] name in try await store.put(key(name), []) }
        let first = try await store.list(prefix: prefix, continuing: nil)
        try require(first.nextToken != nil, "a page has all \(first.objects.count) objects")
        try require(first.objects.count <= 1000, "a page has \(first.objects.count) objects")
        let listed = try await store.listAll(prefix: prefix).map(\.key)
        let expected = names.map { key($0) }.sorted()
        try require(
            listed == expected, "\(listed.count) of \(expected.count) are listed, or in another order")
    }
}
