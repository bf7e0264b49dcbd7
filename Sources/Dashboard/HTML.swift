internal import Terminal

/// A piece of HTML in which every text that was put in is escaped, so that no name of a file can be markup.
///
/// Literals are markup; an interpolated `String` is text, also inside an attribute's double quotes; an interpolated
/// `HTML` is taken as it is.
public struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
    public private(set) var text: String

    public init(stringLiteral value: String) { text = value }

    public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Pieces one after the other.
    public init(_ pieces: some Sequence<HTML>) { text = pieces.map(\.text).joined(separator: "\n") }

    /// Text with what has a meaning in HTML, and in an attribute's quotes, written as references; controls, which no
    /// page may hold, as U+FFFD; and what nobody would see, or what turns writing round, as `\u{202e}`.
    public static func escaped(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case _ where scalar.properties.generalCategory == .control: escaped += "\u{fffd}"
            case _ where scalar.isInvisible: escaped += "\\u{\(String(scalar.value, radix: 16))}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity * 2)
        }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        public mutating func appendInterpolation(_ value: String) { text += HTML.escaped(value) }

        public mutating func appendInterpolation(_ value: Int) { text += String(value) }

        public mutating func appendInterpolation(_ value: HTML) { text += value.text }

        public mutating func appendInterpolation(_ pieces: [HTML]) { text += HTML(pieces).text }
    }
}
