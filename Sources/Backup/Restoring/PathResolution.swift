internal import Vault

/// Finds the paths in a snapshot that are meant by those a person has typed. Pages are read one at a time.
struct PathResolution {
    private let reader: VaultReader
    private let pages: [Snapshot.PageReference]
    /// The page that was read last.
    private var current: (index: Int, entries: [Entry])?

    init(reader: VaultReader, snapshot: Snapshot) {
        self.reader = reader
        pages = snapshot.pages
    }

    /// What the snapshot has for the path: itself, or those whose names are the same in composed form.
    mutating func resolve(_ path: EntryPath) async throws -> Result<[EntryPath], MissingPathError> {
        if try await has(path) { return .success([path]) }
        var places: [EntryPath?] = [nil]
        for (depth, name) in path.components.enumerated() {
            var next: [EntryPath] = []
            var names: [EntryPath] = []
            for place in places {
                let here = try await self.names(in: place)
                next += here.filter { areSameName($0.lastComponent, name) }
                names += here
            }
            guard !next.isEmpty else {
                let rest = path.components[(depth + 1)...]
                return .failure(
                    MissingPathError(
                        missing: MissingPath(
                            path: path, nearest: try await nearest(to: path, name, rest, among: names))))
            }
            places = next
        }
        return .success(places.compactMap(\.self))
    }

    /// What may have been meant, where a folder has no such name.
    private mutating func nearest(
        to path: EntryPath, _ name: ArraySlice<UInt8>, _ rest: ArraySlice<ArraySlice<UInt8>>,
        among names: [EntryPath]
    ) async throws -> [EntryPath] {
        // The source folder's own name is easily left out.
        for root in names where root.parent == nil {
            if let below = root.appending(path.components[...]), try await has(below) { return [below] }
        }
        let byName = Dictionary(names.map { (Self.text($0.lastComponent), $0) }) { first, _ in first }
        var nearest: [EntryPath] = []
        for text in NearestNames.of(Self.text(name), in: Array(byName.keys)) {
            guard let found = byName[text] else { continue }
            if let whole = found.appending(rest), try await has(whole) {
                nearest.append(whole)
            } else {
                nearest.append(found)
            }
        }
        return nearest
    }

    private static func text(_ name: ArraySlice<UInt8>) -> String { String(decoding: name, as: UTF8.self) }

    /// Whether the path is there, or something below it.
    private mutating func has(_ path: EntryPath) async throws -> Bool {
        try await entry(from: path.sortBytes)?.path.isWithin(path) ?? false
    }

    /// What lies in a folder, or at the top: each path once.
    private mutating func names(in folder: EntryPath?) async throws -> [EntryPath] {
        var names: [EntryPath] = []
        let depth = folder?.components.count ?? 0
        var position = folder.map { $0.sortBytes + [0] } ?? []
        while let entry = try await entry(from: position), folder.map(entry.path.isWithin) ?? true {
            guard let name = entry.path.prefix(depth + 1) else { break }
            names.append(name)
            // All that lies below it comes before this.
            position = name.sortBytes + [1]
        }
        return names
    }

    /// The first entry whose path in sort form is this or greater.
    private mutating func entry(from position: [UInt8]) async throws -> Entry? {
        var (low, high) = (0, pages.count)
        while low < high {
            let middle = (low + high) / 2
            if pages[middle].lastPath.sortBytes.lexicographicallyPrecedes(position) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < pages.count else { return nil }
        if current?.index != low { current = (low, try await reader.readPage(pages[low])) }
        let entries = current?.entries ?? []
        var (first, end) = (0, entries.count)
        while first < end {
            let middle = (first + end) / 2
            if entries[middle].path.sortBytes.lexicographicallyPrecedes(position) {
                first = middle + 1
            } else {
                end = middle
            }
        }
        return first < entries.count ? entries[first] : nil
    }
}

/// Nothing in a snapshot is what was named.
struct MissingPathError: Error {
    let missing: MissingPath
}

extension VaultReader {
    /// The selection with the paths that the snapshot has for those that are named, and those that it has not.
    ///
    /// - Throws: `SelectionError` where paths are named and it has none of them; `ReplicaSetError`.
    func resolve(
        _ selection: EntrySelection, in snapshot: Snapshot
    ) async throws -> (selection: EntrySelection, missing: [MissingPath]) {
        let (found, missing) = try await lookUp(selection.paths, in: snapshot)
        guard !found.isEmpty || missing.isEmpty else { throw SelectionError(missing) }
        var resolved = selection
        resolved.paths = found
        return (resolved, missing)
    }

    /// The paths that the snapshot has for those that are named, and those that it has not.
    ///
    /// - Throws: `ReplicaSetError`.
    func lookUp(
        _ paths: [EntryPath], in snapshot: Snapshot
    ) async throws -> (found: [EntryPath], missing: [MissingPath]) {
        var resolution = PathResolution(reader: self, snapshot: snapshot)
        var (found, missing): ([EntryPath], [MissingPath]) = ([], [])
        for path in paths.sorted() {
            switch try await resolution.resolve(path) {
            case .success(let paths): found += paths
            case .failure(let error): missing.append(error.missing)
            }
        }
        return (found, missing)
    }
}

extension EntryPath {
    fileprivate var lastComponent: ArraySlice<UInt8> {
        sortBytes[(sortBytes.lastIndex(of: 0).map { $0 + 1 } ?? 0)...]
    }

    /// The path's first components; nil where it has fewer.
    fileprivate func prefix(_ count: Int) -> EntryPath? {
        let components = components
        guard components.count >= count else { return nil }
        return EntryPath(sortBytes: Array(components[..<count].joined(separator: [0])))
    }

    fileprivate func appending(_ names: ArraySlice<ArraySlice<UInt8>>) -> EntryPath? {
        EntryPath(sortBytes: names.reduce(sortBytes) { $0 + [0] + $1 })
    }
}
