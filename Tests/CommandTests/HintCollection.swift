import Foundation

/// The hints that the program can give, as its sources have them: each text in an argument `hint:`, with `…` in place of
/// what is put in when it is given.
struct HintCollection {
    private(set) var hints: Set<String> = []

    /// Of all Swift files below a folder.
    init(sources folder: String) throws {
        for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init()
        where name.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !$0.drop(while: { $0 == " " }).hasPrefix("//") }
            add(Array(lines.joined(separator: "\n").unicodeScalars))
        }
    }

    private mutating func add(_ text: [Unicode.Scalar]) {
        let label = Array("hint:".unicodeScalars)
        for start in text.indices where text[start...].starts(with: label) {
            guard start == 0 || !text[start - 1].properties.isAlphabetic else { continue }
            hints.formUnion(
                Self.literals(of: text[(start + label.count)...]).filter {
                    $0.count > 9 && !$0.contains("\n")
                })
        }
    }

    /// The texts in an argument, which ends before the comma or bracket that is not of it.
    private static func literals(of text: ArraySlice<Unicode.Scalar>) -> [String] {
        var (literals, depth, index): ([String], Int, Int) = ([], 0, text.startIndex)
        while index < text.endIndex {
            switch text[index] {
            case "#" where text.indices.contains(index + 1) && text[index + 1] == "\"":
                index += 1
                literals.append(literal(in: text, from: &index, isRaw: true))
            case "\"": literals.append(literal(in: text, from: &index, isRaw: false))
            case "(", "[", "{": depth += 1
            case ")", "]", "}":
                if depth == 0 { return literals }
                depth -= 1
            case "," where depth == 0: return literals
            default: break
            }
            index += 1
        }
        return literals
    }

    /// The literal that begins at `index`, which is then at its last quotation mark.
    private static func literal(
        in text: ArraySlice<Unicode.Scalar>, from index: inout Int, isRaw: Bool
    ) -> String {
        var literal = String.UnicodeScalarView()
        index += 1
        while index < text.endIndex, text[index] != "\"" || (isRaw && text[index + 1] != "#") {
            guard !isRaw, text[index] == "\\", text.indices.contains(index + 1) else {
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
            } while depth > 0 && index < text.endIndex
        }
        return String(literal)
    }
}
