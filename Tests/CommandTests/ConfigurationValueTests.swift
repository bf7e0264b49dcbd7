import Foundation
import ProgramTesting
import Testing

/// Every key of the configuration with values that cannot be: all of them are refused where the file is read, and none only
/// by the command that uses it at night.
@Suite struct ConfigurationValueTests {
    /// A value of a key in its table, as TOML.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let table: Table
        let key: String
        let values: [String]
        var testDescription: String { "\(table.rawValue).\(key)" }
    }

    enum Table: String, CaseIterable {
        case root = ""
        case bucket = "provider[1]"
        case folder = "provider[2]"
        case collection = "collection[1]"
        case share,
            schedule, retention, notify, hooks

        /// Right lines, one a key.
        var lines: [(key: String, line: String)] {
            switch self {
            case .root: []
            case .bucket:
                [
                    ("name", "name = \"b2\""), ("endpoint", "endpoint = \"https://s3.example.com\""),
                    ("region", "region = \"eu\""), ("bucket", "bucket = \"photos\""),
                    ("access_key_id", "access_key_id = \"AK\""),
                    ("secret_access_key", "secret_access_key = \"SK\""),
                ]
            case .folder: [("name", "name = \"shelf\""), ("path", "path = \"/nowhere/shelf\"")]
            case .collection: [("name", "name = \"Shoot\""), ("sources", "sources = [\"/nowhere/shoot\"]")]
            case .share:
                [
                    ("url", "url = \"https://photos.example.org\""),
                    ("endpoint", "endpoint = \"https://s3.example.com\""),
                    ("region", "region = \"eu\""), ("bucket", "bucket = \"shares\""),
                    ("access_key_id", "access_key_id = \"AK\""),
                    ("secret_access_key", "secret_access_key = \"SK\""),
                ]
            case .retention: [("keep_daily", "keep_daily = 7")]
            case .schedule, .notify, .hooks: []
            }
        }

        var head: String {
            switch self {
            case .root: ""
            case .bucket, .folder: "[[provider]]"
            case .collection: "[[collection]]"
            default: "[\(rawValue)]"
            }
        }
    }

    private static let noText = ["", "3", "true", "[]"].map { $0.isEmpty ? "\"\"" : $0 }
    private static let noNumber = ["0", "-1", "1.5", "\"7\"", "true", "9223372036854775807"]
    private static let noCount = ["0", "-1", "1.5", "\"7\"", "true"]
    private static let noBool = ["\"yes\"", "1", "[]"]
    private static let noPath = noText + ["\"relative/path\""]
    private static let noEndpoint =
        noText + [
            "\"s3.example.com\"", "\"ftp://s3.example.com\"", "\"https://\"", "\"https://a b\"",
            "\"https://a:0\"", "\"https://a:65536\"", "\"https://u:p@a\"",
        ]
    private static let noBucket =
        noText + ["\"ab\"", "\"a/b\"", "\"a b\"", "\".ab\"", "\"\(String(repeating: "a", count: 64))\""]

    private static func bucketKeys(_ table: Table) -> [Wrong] {
        [
            Wrong(table: table, key: "endpoint", values: noEndpoint),
            Wrong(table: table, key: "region", values: noText + ["\"a b\""]),
            Wrong(table: table, key: "bucket", values: noBucket),
            Wrong(table: table, key: "prefix", values: ["3", "\"/\"", "\"a//b\"", "\"..\"", "\"a b\""]),
            Wrong(table: table, key: "addressing", values: noText + ["\"paths\""]),
            Wrong(table: table, key: "profile", values: noText),
            Wrong(table: table, key: "access_key_id", values: noText),
            Wrong(table: table, key: "secret_access_key", values: noText),
            Wrong(table: table, key: "credentials_command", values: noText),
            Wrong(table: table, key: "ca_file", values: noPath),
        ]
    }

    static let all: [Wrong] =
        [
            Wrong(table: .root, key: "quorum", values: noNumber + ["3"]),
            Wrong(table: .root, key: "password_command", values: noText),
            Wrong(table: .root, key: "state", values: noPath),
            Wrong(
                table: .root, key: "host",
                values: noText + [#""a\nb""#, "\"\(String(repeating: "h", count: 256))\""]),
            Wrong(table: .root, key: "store_credentials", values: noBool),
        ] + bucketKeys(.bucket) + [
            Wrong(table: .bucket, key: "name", values: noText + ["\"a b\"", "\"ä\""]),
            Wrong(table: .bucket, key: "prune_profile", values: noText),
            Wrong(table: .bucket, key: "share_profile", values: noText),
            Wrong(table: .bucket, key: "connections", values: noNumber + ["65", "100"]),
            Wrong(table: .bucket, key: "lock_days", values: noNumber + ["366"]),
            Wrong(table: .bucket, key: "storage_class", values: noText + ["\"GLACIAL\""]),
            Wrong(table: .bucket, key: "minimum_storage_days", values: noNumber),
            Wrong(table: .folder, key: "name", values: noText + ["\"B2\""]),
            Wrong(table: .folder, key: "path", values: noPath),
            Wrong(table: .folder, key: "expected_every", values: noText + ["\"7\"", "\"0d\"", "\"a week\""]),
            Wrong(table: .collection, key: "name", values: noText + ["\"a@b\"", "\"-a\"", #""a\tb""#]),
            Wrong(
                table: .collection, key: "sources",
                values: [
                    "\"/a\"", "[]", "[3]", "[\"\"]", "[\"relative\"]", "[\"/\"]", "[\"/a/x\", \"/b/x\"]",
                    "[{ path = \"/a\", label = \"b/c\" }]", "[{ path = \"/a\", labl = \"b\" }]",
                ]),
            Wrong(
                table: .collection, key: "exclude",
                values: ["\"*.tmp\"", "[3]", "[\"\"]", "[\"[a\"]", "[\"a//b\"]", "[\"..\"]"]),
            Wrong(
                table: .collection, key: "max_loss",
                values: noText + ["\"80\"", "\"101%\"", "\"-1%\"", "\"nan%\"", "0.8"]),
            Wrong(
                table: .share, key: "url",
                values: noText + ["\"photos.example.org\"", "\"https://\"", "\"https://a b\""]),
        ] + bucketKeys(.share) + [
            Wrong(table: .schedule, key: "verify", values: noText + ["\"all\""]),
            Wrong(table: .schedule, key: "verify_days", values: noNumber),
            Wrong(
                table: .schedule, key: "verify_budget",
                values: noText + ["\"much\"", "\"0GB\"", "\"20 parsecs\""]),
            Wrong(table: .schedule, key: "prune", values: noBool),
            Wrong(table: .schedule, key: "drill", values: noBool),
            Wrong(table: .schedule, key: "reread_days", values: noNumber),
        ]
        + ["last", "hourly", "daily", "weekly", "monthly", "yearly"].map {
            Wrong(table: .retention, key: "keep_\($0)", values: noCount)
        } + [
            Wrong(
                table: .retention, key: "keep_within",
                values: noText + ["\"2 weeks\"", "\"2w\"", "\"0d\"", "\"7\"", "\"1000d\""]),
            Wrong(table: .retention, key: "keep_tags", values: ["\"a\"", "[3]", "[\"\"]", "[\",\"]"]),
            Wrong(
                table: .notify, key: "ping",
                values: noText + ["\"hc.example.org\"", "\"https://\"", "\"https://a b\""]),
            Wrong(table: .notify, key: "command", values: noText),
            Wrong(table: .notify, key: "metrics", values: noPath),
            Wrong(table: .hooks, key: "before", values: noText),
            Wrong(table: .hooks, key: "after", values: noText),
        ]

    /// A whole configuration, with one value of one key as given.
    private func configuration(_ wrong: Wrong, _ value: String) -> String {
        var text = wrong.table == .root ? "\(wrong.key) = \(value)\n" : ""
        for table in Table.allCases where table != .root {
            var lines = table.lines
            if table == wrong.table {
                let line = "\(wrong.key) = \(value)"
                if let place = lines.firstIndex(where: { $0.key == wrong.key }) {
                    lines[place].line = line
                } else {
                    lines.append((wrong.key, line))
                }
            }
            text += ([table.head] + lines.map(\.line)).joined(separator: "\n") + "\n"
        }
        return text
    }

    @Test(arguments: all)
    func noneIsFoundOutLater(wrong: Wrong) async throws {
        let place = wrong.table == .root ? wrong.key : "\(wrong.table.rawValue).\(wrong.key)"
        for value in wrong.values {
            let file = try ConfigurationFile(configuration(wrong, value))
            let result = try await run("doctor", "--json", "--config", file.path)
            let finding = try #require(result.messages.first, "\(value): \(result)")
            let text = finding["text"] as? String ?? ""
            #expect(result.exitCode == 78 && text.contains("\(file.path): \(place)"), "\(value): \(result)")
        }
    }

    /// What the table begins with is right, so that each of its values is what is refused.
    @Test func theRestOfEachIsRight() async throws {
        let file = try ConfigurationFile(configuration(Wrong(table: .root, key: "quorum", values: []), "2"))
        let result = try await run("config", "--config", file.path)
        #expect(result.exitCode == 0, "\(result)")
    }

    /// A key that is new is in the table too: each table tells its keys where one is unknown.
    @Test(arguments: Table.allCases)
    func everyKeyIsTried(table: Table) async throws {
        let unknown = Wrong(table: table, key: "zzzzzzzzzzzzzzzz", values: [])
        let file = try ConfigurationFile(configuration(unknown, "1"))
        let result = try await run("config", "--json", "--config", file.path)
        let hint = result.messages.first?["hint"] as? String ?? ""
        #expect(result.exitCode == 78 && hint.hasPrefix("known here: "), "\(result)")
        let tables = Set(Table.allCases.map(\.rawValue) + ["provider", "collection"])
        let known = Set(hint.dropFirst("known here: ".count).components(separatedBy: ", ")).subtracting(
            tables)
        #expect(known == Set(Self.all.filter { $0.table == table }.map(\.key)))
    }
}
