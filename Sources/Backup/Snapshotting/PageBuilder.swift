internal import Crypto
internal import Vault

/// Makes the pages of a new snapshot from those of the base and what has changed, in walk order.
///
/// A page of the base in which nothing has changed is referred to again, unopened. New pages go into meta packs, and
/// into the catalog unless they are for a checkpoint. Used by one thread.
final class PageBuilder {
    private struct DraftPage {
        let index: Int
        let place: SealedPlace
        let chunkID: SHA256Digest
        let lastPath: EntryPath
        let entryCount: Int
        let neededPacks: Set<SHA256Digest>
        let sealed: [UInt8]
    }

    private let vault: OpenVault
    private let collection: CatalogCollection
    private let pipeline: PackPipeline
    private let compressor = Compressor()
    private let isForCheckpoint: Bool
    /// Packs that a checkpoint's own pages need.
    private(set) var checkpointPacks: Set<SHA256Digest> = []

    private var writer: PackWriter?
    private var drafts: [DraftPage] = []
    /// Those that are in no page yet.
    private(set) var entries: [Entry] = []
    private var cutter = PageCutter()
    /// The new snapshot's pages; nil where the meta pack is not closed yet.
    private var pages: [Snapshot.PageReference?] = []

    init(
        vault: OpenVault, collection: CatalogCollection, pipeline: PackPipeline, isForCheckpoint: Bool = false
    ) {
        self.isForCheckpoint = isForCheckpoint
        self.vault = vault
        self.collection = collection
        self.pipeline = pipeline
    }

    /// Whether the last entry ended a page, so that a page of the base can follow as it is.
    var isAtBoundary: Bool { entries.isEmpty }

    /// Refers to a page of the base.
    func reuse(_ page: Snapshot.PageReference) {
        precondition(isAtBoundary)
        pages.append(page)
    }

    /// The entries of a page of the base, from the catalog's copy.
    func entries(of page: BasePage) throws -> [Entry] {
        guard let sealed = try vault.catalog.sealedPage(page.id) else {
            throw vault.catalog.damage("a page of the last snapshot is missing")
        }
        return try vault.openKept(sealed, page.page)
    }

    /// Adds the next entry.
    func append(_ entry: Entry) throws {
        entries.append(entry)
        if cutter.endsPage(with: entry) { try sealPage() }
    }

    /// Ends the last page, wherever that is.
    func endPage() throws {
        if !entries.isEmpty { try sealPage() }
    }

    /// Ends the last page and pack; the pages in order.
    func finish() throws -> [Snapshot.PageReference] {
        try endPage()
        return try closedPages()
    }

    /// Ends the pack; the pages that are ended, in order.
    func closedPages() throws -> [Snapshot.PageReference] {
        try closePack()
        return pages.map { page in
            guard let page else { preconditionFailure("a page whose pack was not closed") }
            return page
        }
    }

    private func sealPage() throws {
        var needed: Set<SHA256Digest> = []
        try storeLongLists(needed: &needed)
        for entry in entries {
            for reference in entry.content { needed.insert(reference.pack) }
        }
        let plaintext = Page.encode(entries)
        let writer = try openWriter()
        let start = writer.byteCount
        let place = writer.append(plaintext, role: .page, compressor: compressor)
        drafts.append(
            DraftPage(
                index: pages.count, place: place, chunkID: chunkID(of: plaintext),
                lastPath: entries[entries.count - 1].path,
                entryCount: entries.count, neededPacks: needed, sealed: writer.bytes(from: start)))
        pages.append(nil)
        entries.removeAll(keepingCapacity: true)
        cutter = PageCutter()
        if writer.isFull { try closePack() }
    }

    /// Lists that are written and whose pack is not closed yet.
    private struct OpenLists {
        let writer: PackWriter
        var places: [(entry: Int, place: SealedPlace, chunkID: SHA256Digest)] = []
        var packs: Set<SHA256Digest> = []
    }

    /// Moves the references of large files into lists, whose packs are closed at once: the page names them.
    private func storeLongLists(needed: inout Set<SHA256Digest>) throws {
        var open: OpenLists?
        for index in entries.indices where entries[index].content.count > Format.maximumInlineReferences {
            let references = entries[index].content
            entries[index].content = []
            for start in stride(from: 0, to: references.count, by: Format.referencesInList) {
                let part = references[start..<min(start + Format.referencesInList, references.count)]
                if let full = open, full.writer.isFull { try close(full) }
                if open?.writer.isFull ?? true { open = OpenLists(writer: try lendWriter()) }
                let list = Page.encodeList(part)
                let place = open!.writer.append(list, role: .referenceList, compressor: compressor)
                open!.places.append((index, place, chunkID(of: list)))
                open!.packs.formUnion(part.lazy.map(\.pack))
            }
        }
        if let open { try close(open) }
        for entry in entries where !entry.contentLists.isEmpty {
            try needListed(by: entry, needed: &needed)
        }
    }

    private func close(_ lists: OpenLists) throws {
        let pack = try close(lists.writer)
        try vault.catalog.record(packs: lists.packs, listedIn: pack)
        for (entry, place, id) in lists.places {
            entries[entry].contentLists.append(Reference(pack: pack, place: place, chunkID: id))
        }
    }

    /// Whoever was granted the collection has the key of its pages too, and must not put others in their place.
    private func chunkID(of plaintext: [UInt8]) -> SHA256Digest {
        HMACSHA256.authenticate(plaintext.span.bytes, key: vault.keys.contentKey)
    }

    /// Adds the packs of an entry's lists, and those that the lists name.
    private func needListed(by entry: Entry, needed: inout Set<SHA256Digest>) throws {
        for list in entry.contentLists where needed.insert(list.pack).inserted {
            needed.formUnion(try vault.catalog.packsListed(in: list.pack))
        }
    }

    private func openWriter() throws -> PackWriter {
        if let writer { return writer }
        let writer = try lendWriter()
        self.writer = writer
        return writer
    }

    private func lendWriter() throws -> PackWriter {
        guard let memory = pipeline.memory.lend() else { throw CancellationError() }
        return PackWriter(vault: vault.id, bytes: memory)
    }

    private func closePack() throws {
        guard let writer else { return }
        self.writer = nil
        let digest = try close(writer)
        let new = drafts.map { draft in
            NewPage(
                page: Snapshot.PageReference(
                    reference: Reference(pack: digest, place: draft.place, chunkID: draft.chunkID),
                    lastPath: draft.lastPath, entryCount: draft.entryCount),
                sealed: draft.sealed, neededPacks: draft.neededPacks)
        }
        for (draft, page) in zip(drafts, new) { pages[draft.index] = page.page }
        drafts.removeAll()
        if isForCheckpoint {
            for page in new { checkpointPacks.formUnion(page.neededPacks.union([digest])) }
        } else {
            try vault.catalog.add(new, to: collection, keys: vault.keys)
        }
    }

    private func close(_ writer: PackWriter) throws -> SHA256Digest {
        let (digest, bytes) = writer.finish()
        try pipeline.uploader.submit(
            Inventory.Pack(digest: digest, byteCount: bytes.count, isMeta: true), bytes: bytes, chunks: [])
        return digest
    }
}
