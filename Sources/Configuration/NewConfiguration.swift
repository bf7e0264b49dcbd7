/// A configuration file that the program writes.
public struct NewConfiguration: Sendable {
    /// What one `[[provider]]` says, in order.
    public struct Provider: Sendable {
        public var values: [(key: String, value: String)] = []
        /// Lines for the person who reads the file, without secrets.
        public var remarks: [String] = []

        public init(name: String) { values = [("name", name)] }

        /// Adds what is there.
        public mutating func set(_ key: String, _ value: String?) {
            if let value, !value.isEmpty { values.append((key, value)) }
        }
    }

    public var remarks: [String] = []
    public var providers: [Provider]

    public init(providers: [Provider]) { self.providers = providers }

    /// The file's content.
    public var text: String {
        let sections = providers.map { provider in
            (["[[provider]]"] + provider.remarks.map(Self.remark)
                + provider.values.map { "\($0.key) = \(Self.quoted($0.value))" }).joined(separator: "\n")
        }
        return ((remarks.isEmpty ? [] : [remarks.map(Self.remark).joined(separator: "\n")]) + sections)
            .joined(separator: "\n\n") + "\n"
    }

    /// Writes the file for its owner alone, durably, and makes the folders it is in.
    ///
    /// - Throws: `ConfigurationError` with `duplicate` where a file is there and is not to be replaced, `unreadable`
    ///   when it cannot be written; then nothing is changed.
    public func write(to path: String, replacing: Bool) throws(ConfigurationError) {
        try PrivateText(text).write(to: path, replacing: replacing)
    }

    /// What is told where a file would have to be replaced.
    public static func alreadyThere(_ path: String) -> ConfigurationError {
        PrivateText.alreadyThere(path, hint: "name another with --config, or replace it with --force")
    }

    private static func remark(_ text: String) -> String {
        "# "
            + text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }
            .joined()
    }

    /// A TOML basic string.
    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": return "\\\""
            case "\\": return "\\\\"
            default:
                guard scalar.value < 0x20 || scalar.value == 0x7f else { return String(scalar) }
                let digits = String(scalar.value, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
