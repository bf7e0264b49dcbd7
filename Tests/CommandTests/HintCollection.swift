import Foundation

/// The hints that the program can give, as its sources have them: each text of an argument `hint:`, of a property `hint`,
/// and of what is assigned to it, with `…` in place of what is put in when it is given.
struct HintCollection {
    private(set) var hints: Set<String> = []

    /// Of all Swift files below a folder.
    init(sources folder: String) throws {
        for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init()
        where name.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.drop(while: { $0 == " " }).hasPrefix("//") ? "" : $0 }
            add(Array(lines.joined(separator: "\n").unicodeScalars))
        }
    }

    private mutating func add(_ text: [Unicode.Scalar]) {
        let word = Array("hint".unicodeScalars)
        for start in text.indices where text[start...].starts(with: word) {
            guard start == 0 || !text[start - 1].properties.isAlphabetic else { continue }
            guard var reader = HintReader(text, from: start + word.count) else { continue }
            // What is filled into a refusal's hint stands in braces.
            hints.formUnion(
                reader.literals().map { $0.replacing(/\{\w+\}/, with: "\u{2026}") }
                    .filter { $0.count > 9 && !$0.contains("\n") })
        }
    }
}

/// Reads the texts of one hint.
private struct HintReader {
    /// What ends it.
    private enum End {
        /// The comma or bracket that is not of it.
        case argument
        /// The line, where the next one does not go on with an operator.
        case statement
        /// The brace that closes it.
        case body
    }

    private let text: [Unicode.Scalar]
    private var index: Int
    private var end: End

    /// - Parameter start: behind the word `hint`; nil where that is no hint's name.
    init?(_ text: [Unicode.Scalar], from start: Int) {
        (self.text, index, end) = (text, start, .argument)
        guard skip(":") else {
            guard skip(" ="), !skip("=") else { return nil }
            end = .statement
            skipSpace()
            return
        }
        skipSpace()
        guard skip("String") else { return }
        _ = skip("?")
        skipSpace()
        if index < text.count, text[index] == "{" {
            end = .body
        } else if skip("=") {
            end = .statement
            skipSpace()
        } else {
            return nil
        }
    }

    /// Literals that a `+` joins are one; one that something is compared with is none.
    mutating func literals() -> [String] {
        var (literals, depth, isJoined, isCompared): ([String], Int, Bool, Bool) = ([], 0, false, false)
        while index < text.count {
            let scalar = text[index]
            switch scalar {
            case "\"",
                "#" where has("#\""):
                let literal = literal()
                if isJoined, let last = literals.popLast() {
                    literals.append(last + literal)
                } else if !isCompared {
                    literals.append(literal)
                }
                (isJoined, isCompared) = (false, false)
            case "+": isJoined = true
            case "=" where has("== \""): isCompared = true
            case "(", "[", "{": depth += 1
            case ")", "]", "}":
                if depth == 0 { return literals }
                depth -= 1
                if end == .body, depth == 0 { return literals }
            case "," where depth == 0 && end != .body: return literals
            case "\n" where depth == 0 && end == .statement && !goesOn: return literals
            default: if !scalar.properties.isWhitespace { isJoined = false }
            }
            index += 1
        }
        return literals
    }

    private var goesOn: Bool {
        let next = text[index...].first { !$0.properties.isWhitespace }
        return next.map { "?:+.".unicodeScalars.contains($0) } ?? false
    }

    private func has(_ words: String) -> Bool { text[index...].starts(with: words.unicodeScalars) }

    private mutating func skip(_ words: String) -> Bool {
        guard has(words) else { return false }
        index += words.unicodeScalars.count
        return true
    }

    private mutating func skipSpace() {
        while index < text.count, text[index].properties.isWhitespace { index += 1 }
    }

    /// The literal that begins here; the index is then at its last quotation mark.
    private mutating func literal() -> String {
        let isRaw = skip("#")
        var literal = String.UnicodeScalarView()
        index += 1
        while index < text.count, text[index] != "\"" || (isRaw && !has("\"#")) {
            guard !isRaw, text[index] == "\\", index + 1 < text.count else {
                literal.append(text[index])
                index += 1
                continue
            }
            index += 1
            guard text[index] == "(" else {
                literal.append(text[index])
                index += 1
                continue
            }
            literal.append("\u{2026}")
            var depth = 0
            repeat {
                depth += text[index] == "(" ? 1 : text[index] == ")" ? -1 : 0
                index += 1
            } while depth > 0 && index < text.count
        }
        return String(literal)
    }
}
