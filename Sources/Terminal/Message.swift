internal import FoundationEssentials

/// One JSON object a line: fields in the order of their names, `snake_case`, and `message_type`.
///
/// A message is any `Encodable` with keyed fields; `filesTotal` becomes `files_total`. Fields that are nil are
/// left out.
public enum Message {
    /// The line, with its end.
    public static func line(_ type: String, _ fields: some Encodable) -> [UInt8] {
        encode(Envelope(messageType: type, exitCode: nil, fields: fields))
    }

    /// The last line of every run.
    public static func summary(_ status: ExitStatus, _ fields: (any Encodable)?) -> [UInt8] {
        encode(Envelope(messageType: "summary", exitCode: status.rawValue, fields: fields))
    }

    private static func encode(_ envelope: Envelope) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // What JSON cannot hold, infinity for one, is a mistake of ours; saying so beats ending the run.
        guard let data = try? encoder.encode(envelope) else {
            return Array(#"{"message_type":"error","what":"output","why":"a message is no JSON"}"#.utf8) + [
                0x0a
            ]
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    private struct Envelope: Encodable {
        let messageType: String
        let exitCode: Int32?
        let fields: (any Encodable)?

        private enum Keys: CodingKey {
            case messageType
            case exitCode
        }

        func encode(to encoder: any Encoder) throws {
            try fields?.encode(to: encoder)
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(messageType, forKey: .messageType)
            try container.encodeIfPresent(exitCode, forKey: .exitCode)
        }
    }
}

enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
