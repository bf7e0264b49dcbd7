internal import TOMLKit

/// Reads one TOML table with the types that are expected, and names file and key path in every error.
struct TableReader {
    let table: TOMLTable
    let file: String
    /// Empty for the whole document.
    let path: String
    /// What a person calls this table, when it has a name.
    var name: String?

    func failure(
        _ code: ConfigurationError.Code, _ key: String?, _ reason: String, hint: String? = nil
    ) -> ConfigurationError {
        let keyPath = [path, key ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
        return ConfigurationError(
            code, file: file, keyPath: keyPath.isEmpty ? nil : keyPath,
            reason: name.map { "\(reason) (in '\($0)')" } ?? reason, hint: hint)
    }

    func has(_ key: String) -> Bool { table.contains(key: key) }

    func refuseUnknownKeys(known: [String]) throws(ConfigurationError) {
        guard let unknown = table.keys.sorted().first(where: { !known.contains($0) }) else { return }
        let hint =
            Spelling.nearest(to: unknown, in: known).map { "did you mean '\($0)'?" }
            ?? "known here: \(known.joined(separator: ", "))"
        throw failure(.unknownKey, unknown, "unknown key", hint: hint)
    }

    /// The text at `key`, which may not be empty; nil when there is none.
    func string(_ key: String) throws(ConfigurationError) -> String? {
        guard let value = table[key] else { return nil }
        guard let text = value.string else { throw wrongType(key, expected: "text", value) }
        guard !text.isEmpty else { throw failure(.invalidValue, key, "may not be empty") }
        return text
    }

    func requiredString(_ key: String, example: String) throws(ConfigurationError) -> String {
        guard let text = try string(key) else {
            throw failure(.missingValue, key, "value is missing", hint: "for example \(key) = \"\(example)\"")
        }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let value = table[key] else { return nil }
        guard let number = value.int else { throw wrongType(key, expected: "a whole number", value) }
        guard range.contains(number) else {
            throw failure(
                .invalidValue, key, "\(number) is out of range",
                hint: "from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, of type: Choice.Type
    ) throws(ConfigurationError) -> Choice? where Choice.RawValue == String {
        guard let text = try string(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            throw failure(.invalidValue, key, "'\(text)' is not known", hint: choices)
        }
        return choice
    }

    func duration(_ key: String) throws(ConfigurationError) -> Duration? {
        guard let text = try string(key) else { return nil }
        guard let duration = Quantity.duration(text), duration > .zero else {
            throw failure(
                .invalidValue, key, "'\(text)' is no duration", hint: "for example \"30d\", \"12h\" or \"2w\""
            )
        }
        return duration
    }

    func bool(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let value = table[key] else { return nil }
        guard let bool = value.bool else { throw wrongType(key, expected: "true or false", value) }
        return bool
    }

    /// A size as people write it: `"20GB"`.
    func byteCount(_ key: String) throws(ConfigurationError) -> Int? {
        guard let text = try string(key) else { return nil }
        guard let byteCount = Quantity.byteCount(text), byteCount > 0 else {
            throw failure(.invalidValue, key, "'\(text)' is no size", hint: "for example \"20GB\"")
        }
        return byteCount
    }

    /// The table `[key]`; nil when there is none.
    func table(_ key: String) throws(ConfigurationError) -> TableReader? {
        guard let value = table[key] else { return nil }
        guard let table = value.table else { throw wrongType(key, expected: "[\(key)]", value) }
        return TableReader(table: table, file: file, path: key)
    }

    /// The elements of the list at `key`; nil when there is none.
    func list(_ key: String) throws(ConfigurationError) -> [any TOMLValueConvertible]? {
        guard let value = table[key] else { return nil }
        guard let array = value.array else { throw wrongType(key, expected: "a list", value) }
        return Array(array)
    }

    func strings(_ key: String) throws(ConfigurationError) -> [String] {
        var strings: [String] = []
        for (index, element) in (try list(key) ?? []).enumerated() {
            let place = "\(key)[\(index + 1)]"
            guard let text = element.string else { throw wrongType(place, expected: "text", element) }
            guard !text.isEmpty else { throw failure(.invalidValue, place, "may not be empty") }
            strings.append(text)
        }
        return strings
    }

    /// The tables under `[[key]]`, in order, each with its place in its path.
    func tables(_ key: String) throws(ConfigurationError) -> [TableReader] {
        guard let value = table[key] else { return [] }
        guard let array = value.array else { throw wrongType(key, expected: "[[\(key)]]", value) }
        var tables: [TableReader] = []
        for (index, element) in array.enumerated() {
            let place = "\(key)[\(index + 1)]"
            guard let table = element.table else { throw wrongType(place, expected: "[[\(key)]]", element) }
            tables.append(TableReader(table: table, file: file, path: place))
        }
        return tables
    }

    func wrongType(_ key: String, expected: String, _ value: any TOMLValueConvertible) -> ConfigurationError {
        failure(.wrongType, key, "must be \(expected), not \(Self.describe(value.type))")
    }

    private static func describe(_ type: TOMLType) -> String {
        switch type {
        case .string: "text"
        case .int, .double: "a number"
        case .bool: "true or false"
        case .array: "a list"
        case .table: "a table"
        case .date, .time, .dateTime: "a date or time"
        }
    }
}
