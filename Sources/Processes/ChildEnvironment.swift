internal import Glibc

/// What another program finds in its environment: never a secret of this one that it was not given by name.
public struct ChildEnvironment: Sendable {
    /// `NAME=value`; a value need not be UTF-8.
    let entries: [[UInt8]]

    public static let empty = ChildEnvironment(entries: [])

    /// This process's variables without the `SecretVariables`, and `variables`, which take the place of those of their names.
    public static func inherited(setting variables: [String: String] = [:]) -> ChildEnvironment {
        var entries = variables.map { Array("\($0)=\($1)".utf8) }
        var next = environ
        while let entry = next.pointee {
            next += 1
            let bytes = UnsafeBufferPointer(start: entry, count: strlen(entry)).map(UInt8.init(bitPattern:))
            let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            guard variables[name] == nil, !SecretVariables.contains(name) else { continue }
            entries.append(bytes)
        }
        return ChildEnvironment(entries: entries)
    }
}
