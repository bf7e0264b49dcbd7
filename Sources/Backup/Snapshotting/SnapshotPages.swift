internal import Vault

/// Turns edits that wait for nothing more into the new snapshot's pages and the catalog's rows, and counts what they
/// come to. In walk order; used by the scan's thread.
final class SnapshotPages {
    let collection: CatalogCollection
    let builder: PageBuilder
    let doomed: DoomedPacks
    let fates: FileFates
    /// All but the pages.
    var result = ScanResult()

    private let catalog: Catalog
    private let rules: ScanRules

    init(
        vault: OpenVault, collection: CatalogCollection, rules: ScanRules, pipeline: PackPipeline
    ) throws {
        catalog = vault.catalog
        self.collection = collection
        self.rules = rules
        builder = PageBuilder(vault: vault, collection: collection, pipeline: pipeline)
        doomed = try DoomedPacks(of: collection, in: vault.catalog, replicas: vault.catalogReplicas)
        fates = FileFates(rules: rules, doomed: doomed, keys: vault.keys)
        result.lostPacks = doomed.lost
    }

    func addIncomplete(_ path: EntryPath, _ reason: String) {
        result.incomplete.append(Snapshot.Unreadable(path: path, reason: reason))
    }

    func addUnreadable(_ path: EntryPath, _ reason: String) {
        result.unreadable.append(Snapshot.Unreadable(path: path, reason: reason))
    }

    /// Adds the page's entries after the edits to the snapshot; the page itself where they are the same.
    func apply(_ page: PageEdits) throws {
        guard let base = page.base else {
            for change in try changes(page.edits, old: [:]) {
                if let entry = change.entry { try builder.append(entry) }
            }
            return
        }
        let isDoomed = doomed.pages.contains(base.id)
        if page.edits.isEmpty, builder.isAtBoundary, !isDoomed {
            builder.reuse(base.page)
            return
        }
        let old = try builder.entries(of: base)
        let entries = try merge(old, page.edits)
        if builder.isAtBoundary, entries == old, !isDoomed {
            builder.reuse(base.page)
            return
        }
        if isDoomed { try nameDoomed(entries) }
        try catalog.remove(page: base.id, from: collection)
        for entry in entries { try builder.append(entry) }
    }

    /// Names the files whose content will go, and that are not in the sources to be stored anew.
    private func nameDoomed(_ entries: [Entry]) throws {
        for entry in entries where try doomed.hold(entry) {
            if result.unreadable.contains(where: { $0.path == entry.path }) { continue }
            addUnreadable(entry.path, try doomed.reason(for: entry))
        }
    }

    /// The page's entries after the edits.
    private func merge(_ old: [Entry], _ edits: [PageEdits.Edit]) throws -> [Entry] {
        let oldByPath = Dictionary(uniqueKeysWithValues: old.map { ($0.path, $0) })
        return old.applying(try changes(edits, old: oldByPath))
    }

    /// What becomes of each edited path: its entry, or none; and the catalog's rows with it.
    private func changes(
        _ edits: [PageEdits.Edit], old: [EntryPath: Entry]
    ) throws -> [EntryChange] {
        var changes: [EntryChange] = []
        var rows: [(path: EntryPath, status: EntryStatus)] = []
        var removed: [EntryPath] = []
        func settle(_ path: EntryPath, as fate: FileFate) {
            count(fate, of: path)
            changes.append(EntryChange(path: path, entry: fate.entry))
            if let entry = fate.entry {
                result.counts.add(entry.kind, size: entry.size)
                rows.append((entry.path, fate.status ?? EntryStatus(entry)))
            } else {
                if let before = old[path], before.kind == .file { result.counts.removed.add(before.kind) }
                removed.append(path)
            }
        }
        for edit in edits {
            switch edit {
            case .remove(let path):
                changes.append(EntryChange(path: path, entry: nil))
                removed.append(path)
            case .refresh(let path, let status):
                changes.append(EntryChange(path: path, entry: old[path]))
                rows.append((path, status))
            case .put(let reading):
                var entry = reading.entry
                let incomplete = entry.complete(reading.missing, from: old[entry.path])
                if let incomplete { addIncomplete(entry.path, incomplete) }
                if let before = old[entry.path], rules.refuses(entry, before: before) {
                    result.conflicts.append(ArchiveConflict(entry.path, .content))
                }
                result.counts.add(entry.kind, size: 0)
                changes.append(EntryChange(path: entry.path, entry: entry))
                let status = EntryStatus(entry)
                rows.append((entry.path, incomplete == nil ? status : .incomplete(status)))
            case .file(let file):
                settle(file.path, as: try fates.fate(of: file, before: old[file.path]))
            case .member(let database, let number):
                let path = database.members[number].path
                settle(path, as: try fates.fate(of: number, in: database, before: old[path]))
            }
        }
        try catalog.write(removed: removed, put: rows, in: collection)
        return changes
    }

    private func count(_ fate: FileFate, of path: EntryPath) {
        switch fate.kind {
        case .new: result.counts.filesNew += 1
        case .changed: result.counts.filesChanged += 1
        case .unmodified: result.counts.filesUnmodified += 1
        case .conflict: result.conflicts.append(ArchiveConflict(path, .content))
        case .unreadable(let reason): addUnreadable(path, reason)
        case .vanished, .held: break
        case .rot: result.rot.append(path)
        }
        if let reason = fate.incomplete { addIncomplete(path, reason) }
    }
}
