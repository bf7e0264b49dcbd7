internal import Glibc

/// The environment variables as they were when the program started, or as a test gives them.
///
/// Values are bytes, since a password in one need not be UTF-8. A variable that is empty counts as not set,
/// except to `bytes(_:)`.
public struct ProcessEnvironment: Sendable {
    private let values: [String: [UInt8]]

    /// The environment of this process.
    public static func current() -> ProcessEnvironment {
        var values: [String: [UInt8]] = [:]
        var entry = environ
        while let variable = entry.pointee {
            let text = UnsafeBufferPointer(start: variable, count: strlen(variable)).map(
                UInt8.init(bitPattern:))
            if let equals = text.firstIndex(of: UInt8(ascii: "=")) {
                values[String(decoding: text[..<equals], as: UTF8.self)] = [UInt8](text[(equals + 1)...])
            }
            entry += 1
        }
        return ProcessEnvironment(values: values)
    }

    public init(_ values: [String: String]) {
        self.init(values: values.mapValues { [UInt8]($0.utf8) })
    }

    private init(values: [String: [UInt8]]) { self.values = values }

    /// The value as text; nil when the variable is not set or empty.
    public subscript(name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return String(decoding: value, as: UTF8.self)
    }

    /// The value as it is, empty included; nil when the variable is not set.
    public func bytes(_ name: String) -> [UInt8]? { values[name] }
}
