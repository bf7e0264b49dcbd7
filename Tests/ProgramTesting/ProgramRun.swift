internal import Foundation

/// How a run of the built program ended, and what it said.
public struct ProgramRun: Sendable, CustomStringConvertible {
    public let exitCode: Int32
    public let output: String
    public let error: String

    /// The lines of JSON on standard output.
    public var messages: [[String: Any]] {
        output.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    /// The last line of JSON, if it is a summary.
    public var summary: [String: Any] {
        guard let last = messages.last, last["message_type"] as? String == "summary" else { return [:] }
        return last
    }

    /// What the summary says of one provider.
    public func replica(_ name: String) -> [String: Any]? {
        (summary["replicas"] as? [[String: Any]])?.first { $0["name"] as? String == name }
    }

    /// What a failed expectation shows.
    public var description: String { "exit code \(exitCode)\n\(output)\(error)" }
}
