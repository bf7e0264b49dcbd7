/// A profile of the AWS command line's files, with the keys that stand in it.
///
/// Source: the AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
struct AWSProfile {
    let settings: [String: String]

    /// The profile `name` of `text`, which is a credentials file, or a config file when `isConfig`: there the
    /// sections are called `[profile NAME]`, but for `[default]`. nil when there is no such section.
    init?(name: String, in text: String, isConfig: Bool) {
        var settings: [String: String]?
        var isWanted = false
        for line in text.split(whereSeparator: \.isNewline) {
            // An indented line belongs to a nested setting, which holds no keys.
            guard let first = line.first, !first.isWhitespace, first != "#", first != ";" else { continue }
            if first == "[" {
                isWanted = Self.sectionName(of: line, isConfig: isConfig) == name
                if isWanted, settings == nil { settings = [:] }
            } else if isWanted, let equals = line.firstIndex(of: "=") {
                let key = Self.trimmed(line[..<equals]).lowercased()
                settings?[key] = Self.trimmed(line[line.index(after: equals)...])
            }
        }
        guard let settings else { return nil }
        self.settings = settings
    }

    private static func sectionName(of line: Substring, isConfig: Bool) -> String? {
        guard let end = line.firstIndex(of: "]") else { return nil }
        let title = trimmed(line[line.index(after: line.startIndex)..<end])
        guard isConfig, title != "default" else { return title }
        guard title.hasPrefix("profile"), let space = title.firstIndex(where: \.isWhitespace) else {
            return nil
        }
        return trimmed(title[space...])
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(
            start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
    }
}
