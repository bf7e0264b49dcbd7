internal import Vault

/// What becomes of a file that was read, next to the entry that the base has of it.
struct FileFate {
    enum Kind {
        case new
        case changed
        case unmodified
        case vanished
        /// It is there with other content, where that is refused.
        case conflict
        case unreadable(String)
        /// What it belongs to is unreadable, and named.
        case held
        /// Its content changed, and nobody wrote it.
        case rot
    }

    let kind: Kind
    /// The entry that the snapshot gets: the new one, the one before, or none.
    let entry: Entry?
    /// The catalog's row; nil for that of `entry`.
    var status: EntryStatus?
    /// What of it is not stored, and why.
    var incomplete: String?
}

extension FileFate {
    /// Whether the snapshot gets other content than the base has.
    var isNewContent: Bool {
        switch kind {
        case .new, .changed: true
        case .unmodified, .vanished, .conflict, .unreadable, .held, .rot: false
        }
    }
}

/// Decides what becomes of files: the rules of `backup` and `archive`, applied to what reading has led to.
struct FileFates {
    fileprivate static let tooManyAttributes = "its extended attributes are too large to be stored"

    let rules: ScanRules
    let doomed: DoomedPacks
    let keys: VaultKeys

    /// - Parameter before: the base's entry of that path.
    func fate(of file: FileRead, before: Entry?) throws -> FileFate {
        switch file.outcome {
        case .read(let entry, let chunks, let openedAt, let missing):
            return try fate(
                of: MetadataReader.Reading(entry: entry, missing: missing), chunks, openedAt: openedAt,
                isUnwritten: file.isUnwritten, before: before)
        case .vanished, nil:
            return FileFate(kind: .vanished, entry: rules.keepsAbsent ? before : nil)
        case .changed:
            if file.isDerived { return FileFate(kind: .held, entry: before) }
            return FileFate(kind: .unreadable("it changed while it was read"), entry: before)
        case .unreadable(let reason):
            return FileFate(kind: .unreadable(reason), entry: before)
        }
    }

    /// - Parameter before: the base's entry of the member's path.
    func fate(of number: Int, in database: DatabaseRead, before: Entry?) throws -> FileFate {
        let member = database.members[number]
        // The logs that fit what the base has.
        if member.log != nil, database.isMainKept { return FileFate(kind: .held, entry: before) }
        switch database.outcome(of: number) {
        case .read(let entry, let chunks, let openedAt, let missing):
            // It may have been written to since the scan met it, and before it was read.
            let isUnwritten = member.isUnwritten && member.status.map(entry.isOf) ?? false
            let fate = try fate(
                of: MetadataReader.Reading(entry: entry, missing: missing), chunks, openedAt: openedAt,
                isUnwritten: isUnwritten, before: before)
            if member.log == nil {
                database.isReplaced = fate.isNewContent
                if case .rot = fate.kind { database.isMainKept = true }
            }
            return fate
        case .absent, nil:
            // A log does not outlive the content that it was for.
            let isKept = rules.keepsAbsent && !database.isReplaced
            return FileFate(kind: .vanished, entry: isKept ? before : nil)
        case .held(let reason):
            return FileFate(kind: reason.map { .unreadable($0) } ?? .held, entry: before)
        }
    }

    /// The fate of content that was read.
    private func fate(
        of reading: MetadataReader.Reading, _ chunks: [PendingChunk], openedAt: Int64, isUnwritten: Bool,
        before: Entry?
    ) throws -> FileFate {
        var entry = reading.entry
        entry.setContent(chunks.compactMap(\.reference), keys: keys)
        let incomplete = entry.complete(reading.missing, from: before)
        if let before, isUnwritten, rules.onConflict == .replace, !before.hasContent(of: entry),
            try !doomed.hold(before)
        {
            return FileFate(kind: .rot, entry: before, status: .rot(before))
        }
        let status = EntryStatus(entry, openedAt: openedAt)
        var fate = try fate(
            of: entry, status: incomplete == nil ? status : .incomplete(status), before: before)
        fate.incomplete = incomplete
        return fate
    }

    private func fate(of entry: Entry, status: EntryStatus, before: Entry?) throws -> FileFate {
        guard let before else { return FileFate(kind: .new, entry: entry, status: status) }
        if rules.onConflict == .refuse {
            guard before.hasContent(of: entry) else { return FileFate(kind: .conflict, entry: before) }
            return FileFate(kind: .unmodified, entry: try kept(before, readAs: entry), status: status)
        }
        if before == entry || (before.hasContent(of: entry) && before.isSameFile(as: entry)) {
            return FileFate(kind: .unmodified, entry: try kept(before, readAs: entry), status: status)
        }
        return FileFate(kind: .changed, entry: entry, status: status)
    }

    /// The entry before, which has the content of `entry`; with its place in the vault where the one before cannot
    /// be relied on.
    private func kept(_ before: Entry, readAs entry: Entry) throws -> Entry {
        guard try doomed.hold(before) else { return before }
        var kept = before
        kept.content = entry.content
        kept.contentLists = entry.contentLists
        return kept
    }

    /// What a page's entries are with those of the edits that wait for nothing more; the others leave it as it was.
    func settled(_ old: [Entry], _ edits: [PageEdits.Edit]) throws -> [Entry] {
        let before = Dictionary(uniqueKeysWithValues: old.map { ($0.path, $0) })
        let changes = try edits.compactMap { edit -> EntryChange? in
            switch edit {
            case .remove(let path): return EntryChange(path: path, entry: nil)
            case .refresh: return nil
            case .put(var reading):
                _ = reading.entry.complete(reading.missing, from: before[reading.entry.path])
                return EntryChange(path: reading.entry.path, entry: reading.entry)
            case .member(let database, let number):
                guard database.wasReady else { return nil }
                let path = database.members[number].path
                return EntryChange(
                    path: path, entry: try fate(of: number, in: database, before: before[path]).entry)
            case .file(let file):
                guard file.isSettled else { return nil }
                return EntryChange(
                    path: file.path, entry: try fate(of: file, before: before[file.path]).entry)
            }
        }
        return old.applying(changes)
    }
}

/// What becomes of one path: its entry, or none.
struct EntryChange {
    let path: EntryPath
    let entry: Entry?
}

extension [Entry] {
    /// The entries after the changes; both in the order of the paths.
    func applying(_ changes: [EntryChange]) -> [Entry] {
        var merged: [Entry] = []
        var rest = self[...]
        for change in changes {
            while let entry = rest.first, entry.path < change.path {
                merged.append(entry)
                rest = rest.dropFirst()
            }
            if rest.first?.path == change.path { rest = rest.dropFirst() }
            if let entry = change.entry { merged.append(entry) }
        }
        return merged + rest
    }
}

extension FileRead {
    /// Whether it has ended, and its content is in closed packs.
    var isSettled: Bool {
        switch outcome {
        case nil, .changed: false
        case .read(_, let chunks, _, _): chunks.allSatisfy { $0.reference != nil }
        case .vanished, .unreadable: true
        }
    }
}

extension Entry {
    /// Whether both are files of the same bytes, as their chunks' ids tell.
    func hasContent(of other: Entry) -> Bool {
        guard kind == .file, other.kind == .file, size == other.size else { return false }
        if contentID != nil || other.contentID != nil { return contentID == other.contentID }
        return content.map(\.chunkID) == other.content.map(\.chunkID)
    }

    /// Takes from the entry before what could not be read of the attributes, and leaves out those that no entry has room
    /// for.
    ///
    /// - Returns: what is missing, and why; nil where nothing is.
    mutating func complete(_ missing: MissingAttributes?, from before: Entry?) -> String? {
        if let missing { extendedAttributes = missing.filled(extendedAttributes, from: before) }
        guard fitsPage else {
            extendedAttributes = []
            return FileFates.tooManyAttributes
        }
        return missing?.reason
    }

    /// Whether the file was as `status` says when it was read.
    fileprivate func isOf(_ status: FileStatus) -> Bool {
        size == status.size && modified == status.modified && changed == status.changed
    }

    /// Whether nothing but the place of the content differs. An entry of an earlier version does not tell how many names
    /// the file has.
    fileprivate func isSameFile(as other: Entry) -> Bool {
        var other = other
        if linkCount == 0 { other.linkCount = 0 }
        other.content = content
        other.contentLists = contentLists
        return self == other
    }
}
