internal import Terminal

/// All snapshots, by collection, newest first.
public struct SnapshotsPage: Sendable {
    public struct Row: Sendable {
        public var id: String
        public var collection: String
        /// Seconds since 1970.
        public var time: Int64
        public var host: String
        public var fileCount: Int
        public var byteCount: Int64
        public var tags: [String]
        public var isCheckpoint: Bool

        public init(
            id: String, collection: String, time: Int64, host: String, fileCount: Int, byteCount: Int64,
            tags: [String], isCheckpoint: Bool
        ) {
            (self.id, self.collection, self.time, self.host) = (id, collection, time, host)
            (self.fileCount, self.byteCount) = (fileCount, byteCount)
            (self.tags, self.isCheckpoint) = (tags, isCheckpoint)
        }
    }

    /// How many of a collection are shown.
    private static let shownCount = 100

    private let rows: [Row]

    public init(_ rows: [Row]) { self.rows = rows }

    public var page: WebPage {
        let collections = Dictionary(grouping: rows, by: \.collection).sorted { $0.key < $1.key }
        return WebPage(
            title: "Snapshots", place: .snapshots,
            body: collections.isEmpty
                ? ["<p>There is no snapshot yet.</p>"] : collections.map { section($0.key, $0.value) })
    }

    private func section(_ collection: String, _ rows: [Row]) -> HTML {
        let newest = rows.sorted { ($0.time, $0.id) > ($1.time, $1.id) }.prefix(Self.shownCount)
        let lines = newest.map { row -> HTML in
            """
            <tr><th scope="row"><a href="/snapshot/\(row.id)">\(momentText(row.time))</a></th>\
            <td class="number">\(HumanReadable.count(row.fileCount))</td>\
            <td class="number">\(byteText(row.byteCount))</td><td>\(row.host)</td>\
            <td>\((row.isCheckpoint ? ["not whole: its run was going on"] : []  + row.tags).joined(separator: ", "))</td></tr>
            """
        }
        let caption =
            rows.count > newest.count
            ? "The newest \(newest.count) of \(HumanReadable.count(rows.count)) snapshots"
            : HumanReadable.count(rows.count, "snapshot")
        return """
            <section><h2>\(collection)</h2>
            \(captionedTable(
                caption,
                columns: [
                    ("Finished", false), ("Files", true), ("Bytes", true), ("Machine", false), ("Notes", false),
                ], rows: lines))
            </section>
            """
    }
}
