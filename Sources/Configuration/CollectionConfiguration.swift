/// A named set of source folders, as `[[collection]]` describes it.
public struct CollectionConfiguration: Sendable, Equatable {
    /// One source folder, and the name that its paths begin with in a snapshot.
    public struct Source: Sendable, Equatable {
        /// Absolute, without a slash at the end.
        public let path: String
        /// The folder's own last name, unless the configuration gives another.
        public let label: String
    }

    public let name: String
    /// At least one; no two have the same label.
    public let sources: [Source]
    /// Patterns of what is left out.
    public let exclude: [String]
    /// From 0 to 1: how much of it a run may record as lost; nil where the program decides.
    public let maxLoss: Double?
}

/// Reads one `[[collection]]`.
///
/// A source is text, or a table where its last name does not serve:
/// `sources = ["~/a", { path = "~/b/a", label = "a-2" }]`.
struct CollectionReader {
    var table: TableReader
    let paths: StandardPaths

    mutating func read() throws(ConfigurationError) -> CollectionConfiguration {
        let name = try table.requiredString("name", example: "Weddings")
        guard Self.isName(name) else {
            throw table.failure(
                .invalidValue, "name", "is no name for a collection",
                hint: "no '@', which begins a snapshot, no '-' first and no control characters")
        }
        table.name = name
        try table.refuseUnknownKeys(known: ["name", "sources", "exclude", "max_loss"])
        return CollectionConfiguration(
            name: name, sources: try sources(), exclude: try table.strings("exclude"),
            maxLoss: try maxLoss())
    }

    private func maxLoss() throws(ConfigurationError) -> Double? {
        guard let text = try table.string("max_loss") else { return nil }
        guard text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...100).contains(percent) else {
            throw table.failure(
                .invalidValue, "max_loss", "is no share", hint: "for example \"80%\"; \"100%\" allows for any"
            )
        }
        return percent / 100
    }

    private static func isName(_ name: String) -> Bool {
        !name.hasPrefix("-")
            && name.unicodeScalars.allSatisfy { $0 != "@" && $0.properties.generalCategory != .control }
    }

    private func sources() throws(ConfigurationError) -> [CollectionConfiguration.Source] {
        guard let elements = try table.list("sources"), !elements.isEmpty else {
            throw table.failure(
                .missingValue, "sources", "no source folder",
                hint: "for example sources = [\"~/Pictures/Weddings\"]")
        }
        var sources: [CollectionConfiguration.Source] = []
        for (index, element) in elements.enumerated() {
            let key = "sources[\(index + 1)]"
            let source: CollectionConfiguration.Source
            if let path = element.string {
                source = try self.source(path: path, label: nil, at: key, in: table)
            } else if let inline = element.table {
                let reader = TableReader(
                    table: inline, file: table.file, path: "\(table.path).\(key)", name: table.name)
                try reader.refuseUnknownKeys(known: ["path", "label"])
                source = try self.source(
                    path: try reader.requiredString("path", example: "~/Pictures"),
                    label: try reader.string("label"), at: "", in: reader)
            } else {
                throw table.wrongType(key, expected: "a path or { path, label }", element)
            }
            if let other = sources.first(where: { $0.label == source.label }) {
                throw table.failure(
                    .duplicate, key, "'\(source.path)' and '\(other.path)' have the same last name",
                    hint: "give one a label: { path = \"\(source.path)\", label = \"\(source.label)-2\" }")
            }
            sources.append(source)
        }
        return sources
    }

    private func source(
        path: String, label: String?, at key: String, in reader: TableReader
    ) throws(ConfigurationError) -> CollectionConfiguration.Source {
        guard !path.isEmpty else { throw reader.failure(.invalidValue, key, "may not be empty") }
        let place = key.isEmpty ? "path" : key
        let path = try reader.absolutePath(path, at: place, paths)
        let lastName = path.split(separator: "/").last.map(String.init) ?? ""
        let label = label ?? lastName
        guard !label.isEmpty, label != ".", label != "..", !label.contains("/"), !label.utf8.contains(0),
            !path.utf8.contains(0)
        else {
            throw reader.failure(
                .invalidValue, place,
                "'\(label.isEmpty ? path : label)' can not begin the paths of a snapshot",
                hint: "give it a label: { path = \"\(path)\", label = \"photos\" }")
        }
        return CollectionConfiguration.Source(path: path, label: label)
    }
}
