internal import Foundation
internal import Terminal

/// What a run has to say in Prometheus's text format: how it ended, and every number of its JSON summary.
///
/// `files_total` of a backup becomes `photobackup_files_total{command="backup"}`, and what the summary says of each
/// replica `photobackup_replica_packs_missing{command="backup",replica="shelf"}`. Truth values are 1 and 0. The parts
/// of a scheduled run count as commands, and `photobackup_part_exit_code{part="verify"}` tells how each ended.
///
/// Source: Prometheus's exposition formats, version 0.0.4.
struct Metrics {
    /// By name, each with its labels and its value, in the order in which they came.
    private var samples: [String: [(labels: String, value: Double)]] = [:]
    private let command: String
    private let end: RunEnd

    init(of command: String, _ end: RunEnd) {
        (self.command, self.end) = (command, end)
        let label = [("command", command)]
        add("exit_code", label, Double(end.status.rawValue))
        add("start_time_seconds", label, Double(end.started.secondsSince1970))
        add("end_time_seconds", label, Double(end.ended.secondsSince1970))
        if end.status == .done { add(Self.lastDone, label, Double(end.ended.secondsSince1970)) }
        let line = Data(Message.summary(end.status, end.summary))
        if case .object(let summary) = try? JSONDecoder().decode(JSONValue.self, from: line) {
            add(summary, of: command)
        }
    }

    private static let lastDone = "last_done_time_seconds"

    private mutating func add(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let text = labels.map { "\($0)=\"\(Self.escape($1))\"" }.joined(separator: ",")
        samples[name, default: []].append((text, value))
    }

    private mutating func add(_ summary: [String: JSONValue], of command: String) {
        let label = [("command", command)]
        for (name, value) in summary.sorted(by: { $0.key < $1.key }) where name != "exit_code" {
            if let number = value.number { add(name, label, number) }
        }
        for case .object(let replica) in summary["replicas"]?.elements ?? [] {
            guard case .string(let replicaName) = replica["name"] else { continue }
            for (name, value) in replica.sorted(by: { $0.key < $1.key }) {
                guard let number = value.number else { continue }
                add("replica_\(name)", label + [("replica", replicaName)], number)
            }
        }
        for case .object(let part) in summary["parts"]?.elements ?? [] {
            guard case .string(let partName) = part["part"] else { continue }
            if let code = part["exit_code"]?.number { add("part_exit_code", [("part", partName)], code) }
            if case .object(let own) = part["summary"] { add(own, of: partName) }
        }
    }

    /// The text, with when a run was last done from `previous` where this one was not.
    func text(after previous: String) -> String {
        var samples = samples
        if end.status != .done, let last = Self.lastDone(of: command, in: previous) {
            samples[Self.lastDone] = [("command=\"\(Self.escape(command))\"", last)]
        }
        return samples.sorted { $0.key < $1.key }.map { name, values in
            let lines = values.map { "photobackup_\(name){\($0.labels)} \(Self.format($0.value))\n" }
            return "# TYPE photobackup_\(name) gauge\n" + lines.joined()
        }.joined()
    }

    private static func lastDone(of command: String, in text: String) -> Double? {
        let start = "photobackup_\(lastDone){command=\"\(escape(command))\"} "
        let line = text.split(separator: "\n").first { $0.hasPrefix(start) }
        return line.flatMap { Double($0.dropFirst(start.count)) }
    }

    private static func format(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    private static func escape(_ label: String) -> String {
        label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

/// Any JSON.
private enum JSONValue: Decodable {
    case number(Double)
    case bool(Bool)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let string = try? container.decode(String.self) {
            self = .string(string)
        } else if let array = try? container.decode([JSONValue].self) {
            self = .array(array)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    var number: Double? {
        switch self {
        case .number(let number): number
        case .bool(let bool): bool ? 1 : 0
        default: nil
        }
    }

    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
}
