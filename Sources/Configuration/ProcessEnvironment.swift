internal import Crypto
internal import Glibc
internal import Processes

/// The environment variables as they were when the program started, or as a test gives them.
///
/// Values are bytes, since a password in one need not be UTF-8. A variable that is empty counts as not set,
/// except to `bytes(_:)`. Those of `SecretVariables` are in locked memory.
public struct ProcessEnvironment: Sendable {
    private var values: [String: [UInt8]] = [:]
    private var secrets: [String: SecretBytes] = [:]

    /// Takes the environment of this process, and its secrets away from it: they are neither inherited by what it starts,
    /// by whatever library, nor to be seen in `/proc/PID/environ`, where the kernel shows the first memory of them.
    ///
    /// To be called once, before there is a second thread.
    public static func take() -> ProcessEnvironment {
        var environment = ProcessEnvironment()
        var taken: [String] = []
        var next = environ
        while let variable = next.pointee {
            next += 1
            let text = UnsafeMutableBufferPointer(start: variable, count: strlen(variable))
            let equals = text.firstIndex(of: CChar(UInt8(ascii: "="))) ?? text.endIndex
            guard equals < text.endIndex else { continue }
            let name = String(decoding: text[..<equals].map(UInt8.init(bitPattern:)), as: UTF8.self)
            environment.set(name, text[(equals + 1)...].map(UInt8.init(bitPattern:)))
            guard SecretVariables.contains(name) else { continue }
            explicit_bzero(variable + equals + 1, text.count - equals - 1)
            taken.append(name)
        }
        for name in taken { unsetenv(name) }
        return environment
    }

    private init() {}

    public init(_ values: [String: String]) {
        for (name, value) in values { set(name, [UInt8](value.utf8)) }
    }

    private mutating func set(_ name: String, _ value: consuming [UInt8]) {
        if SecretVariables.contains(name) {
            secrets[name] = SecretBytes(consuming: &value)
        } else {
            values[name] = value
        }
    }

    /// The value as text; nil when the variable is not set or empty.
    public subscript(name: String) -> String? {
        guard let value = bytes(name), !value.isEmpty else { return nil }
        return String(decoding: value, as: UTF8.self)
    }

    /// The value as it is, empty included; nil when the variable is not set.
    public func bytes(_ name: String) -> [UInt8]? {
        secrets[name]?.withUnsafeBytes { [UInt8]($0) } ?? values[name]
    }

    /// What a command that fetches secrets is given of those that are set: the keys of AWS, with which it may ask for them.
    var forCommandsThatFetchSecrets: [String: String] {
        var variables: [String: String] = [:]
        for name in SecretVariables.ofAWS { variables[name] = self[name] }
        return variables
    }
}
