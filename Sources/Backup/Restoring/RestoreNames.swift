import Glibc
internal import Synchronization
internal import Vault

/// Where the entries of a restore go, on file systems that do not tell all names apart, or do not take all: nothing
/// that this restore has made is ever in the way of, or replaced by, another entry of it.
///
/// What is asked is what the names are of, folder by folder in the order of a walk; from any thread.
final class RestoreNames: Sendable {
    /// Where an entry goes, and what is there.
    struct Place: Sendable {
        /// Below the destination; the entry's own path, but where the file system does not have it so.
        var path: EntryPath
        var existing = RestoreTarget.Existing.none
        /// Whether what is there was there before this restore, and under this very name.
        var isReplaceable = false
    }

    /// A name that an entry of this restore has, or will have when its content is there: as the folder lists it, where
    /// something had it before, and else as the entry has it.
    private struct Claim {
        var name: [UInt8]
    }

    private struct Folder {
        /// The names that were there before.
        var before: Set<[UInt8]>
        var claims: [String: [Claim]] = [:]
        /// Those that were there before, by their keys, once one is looked for that is not listed as it is asked for.
        private var beforeByKey: [String: [[UInt8]]]?

        init(before: Set<[UInt8]>) { self.before = before }

        /// As what is there was listed before; nil where it was not there.
        mutating func listed(_ name: [UInt8]) -> [UInt8]? {
            if before.contains(name) { return name }
            let byKey = beforeByKey ?? Dictionary(grouping: before) { NameForms.key($0) }
            beforeByKey = byKey
            let alike = byKey[NameForms.key(name)] ?? []
            return alike.first { NameForms.isSameScalars($0, name) } ?? alike.first
        }

        /// Whether what answers to a name is something that this restore has made, or has found to be another entry.
        func isOwn(_ listed: [UInt8]?, among claims: [Claim]) -> Bool {
            guard let listed else { return !claims.isEmpty }
            return claims.contains { $0.name == listed }
        }
    }

    private struct State {
        var current: EntryPath?
        var folders: [EntryPath?: Folder] = [:]
        /// Where folders went that could not have their own names.
        var moved: [EntryPath: EntryPath] = [:]
    }

    private let target: RestoreTarget
    private let isWalk: Bool
    private let state = Mutex(State())

    /// - Parameter isWalk: whether no folder is asked for again when one has been that is not in it.
    init(_ target: RestoreTarget, isWalk: Bool) { (self.target, self.isWalk) = (target, isWalk) }

    /// Finds the entry's place. One under another name is chosen where something of this restore has its own, and where
    /// the file system refuses that; `isSame` tells what is the entry already.
    ///
    /// Throws as `RestoreTarget.existing`.
    func place(
        _ entry: Entry, isSame: (RestoreTarget.Existing) -> Bool
    ) throws(RestoreError) -> Place {
        let result = state.withLock { state -> Result<Place, RestoreError> in
            do throws(RestoreError) {
                return .success(try place(entry, isSame, &state))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Where an entry goes that the file system takes as it is.
    func ownPath(of entry: Entry) -> EntryPath {
        guard let parent = entry.path.parent else { return entry.path }
        return state.withLock { Self.disk(parent, $0.moved) }.appending(entry.path.name)
    }

    /// Another place for a folder, whose name the file system refused when it was to be made.
    func otherPlace(for folder: Entry, than own: EntryPath) throws(RestoreError) -> Place {
        let result = state.withLock { state -> Result<Place, RestoreError> in
            do throws(RestoreError) {
                let place = try other(
                    than: own, for: folder, NameForms.accepted(own.name), state.folders[own.parent]
                ) { _ in false }
                settle(folder, place, Claim(name: place.path.name), &state)
                return .success(place)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func place(
        _ entry: Entry, _ isSame: (RestoreTarget.Existing) -> Bool, _ state: inout State
    ) throws(RestoreError) -> Place {
        let folderPath = entry.path.parent.map { Self.disk($0, state.moved) }
        let name = entry.path.name
        let own = folderPath.map { $0.appending(name) } ?? entry.path
        try open(folderPath, &state)
        let key = NameForms.key(name)
        var place = Place(path: own)
        var (isTaken, isRefused) = (false, false)
        do throws(RestoreError) {
            place.existing = try target.existing(entry.at(own))
        } catch {
            guard error.code == .refusedName else { throw error }
            isRefused = true
        }
        var claim = Claim(name: name)
        if var folder = state.folders[folderPath], place.existing.isThere {
            let listed = folder.listed(name)
            isTaken = folder.isOwn(listed, among: folder.claims[key] ?? [])
            place.isReplaceable = listed != nil
            claim.name = listed ?? name
            state.folders[folderPath] = folder
        } else if !isRefused, NameForms.isOdd(name) {
            isRefused = try isThereElsewhere(entry, beside: own, isSame)
        }
        if isTaken || isRefused {
            let folder = state.folders[folderPath]
            place =
                isTaken
                ? try other(than: own, for: entry, NameForms.numbered(name), folder, isSame)
                : try other(than: own, for: entry, NameForms.accepted(name), folder, isSame)
            claim = Claim(name: place.path.name)
        }
        settle(entry, place, claim, &state)
        return place
    }

    private func settle(_ entry: Entry, _ place: Place, _ claim: Claim, _ state: inout State) {
        state.folders[place.path.parent]?.claims[NameForms.key(claim.name), default: []].append(claim)
        guard entry.kind == .directory else { return }
        if place.path != entry.path { state.moved[entry.path] = place.path }
        if !place.existing.isThere { state.folders[place.path] = Folder(before: []) }
    }

    /// Whether the file system refuses the name of an entry, which is there under another.
    private func isThereElsewhere(
        _ entry: Entry, beside own: EntryPath, _ isSame: (RestoreTarget.Existing) -> Bool
    ) throws(RestoreError) -> Bool {
        for name in NameForms.accepted(own.name) {
            do throws(RestoreError) {
                let existing = try target.existing(entry.at(own.beside(name)))
                guard existing.isThere else { return false }
                let isFolder: Bool = if case .folder = existing { entry.kind == .directory } else { false }
                if isFolder || isSame(existing) { return !target.takesName(own) }
            } catch {
                guard error.code == .refusedName else { throw error }
            }
        }
        return false
    }

    /// The first place under another name that is free, or has the entry already.
    private func other(
        than own: EntryPath, for entry: Entry, _ names: some Sequence<[UInt8]>, _ folder: Folder?,
        _ isSame: (RestoreTarget.Existing) -> Bool
    ) throws(RestoreError) -> Place {
        for name in names {
            if let claims = folder?.claims[NameForms.key(name)], !claims.isEmpty { continue }
            let path = own.beside(name)
            do throws(RestoreError) {
                let existing = try target.existing(entry.at(path))
                if case .none = existing { return Place(path: path) }
                if case .folder = existing, entry.kind == .directory {
                    return Place(path: path, existing: existing)
                }
                if isSame(existing) { return Place(path: path, existing: existing) }
            } catch {
                guard error.code == .refusedName else { throw error }
            }
        }
        throw RestoreError(.exists, entry.path, "no name is free for it")
    }

    /// Learns what is in a folder before anything is made there, and forgets the folders that the walk has left.
    private func open(_ path: EntryPath?, _ state: inout State) throws(RestoreError) {
        if isWalk, path != state.current {
            state.folders = state.folders.filter { folder in
                folder.key.map { path?.isWithin($0) ?? false } ?? true
            }
            state.current = path
        }
        guard state.folders[path] == nil else { return }
        state.folders[path] = Folder(before: try target.names(in: path))
    }

    private static func disk(_ folder: EntryPath, _ moved: [EntryPath: EntryPath]) -> EntryPath {
        guard !moved.isEmpty else { return folder }
        if let path = moved[folder] { return path }
        guard let parent = folder.parent else { return folder }
        return disk(parent, moved).appending(folder.name)
    }
}

extension RestoreTarget.Existing {
    var isThere: Bool { if case .none = self { false } else { true } }
}

extension Entry {
    /// The same under another path.
    func at(_ path: EntryPath) -> Entry {
        var entry = self
        entry.path = path
        return entry
    }
}

extension EntryPath {
    /// The path of `name` in this folder.
    func appending(_ name: [UInt8]) -> EntryPath { EntryPath(sortBytes: sortBytes + [0] + name) ?? self }

    /// The path of `name` in the same folder.
    func beside(_ name: [UInt8]) -> EntryPath {
        parent.map { $0.appending(name) } ?? EntryPath(sortBytes: name) ?? self
    }
}
