/// Words as a POSIX shell separates and quotes them, without anything that a shell would expand.
///
/// Source: Python's `shlex.split`, with which botocore reads `credential_process`.
enum ShellWords {
    /// nil where a quote does not end.
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = Array(text)[...]
        while let character = characters.popFirst() {
            switch (quote, character) {
            case (nil, _) where character.isWhitespace:
                if let word { words.append(word) }
                word = nil
            case (nil, "'"), (nil, "\""):
                quote = character
                word = word ?? ""
            case (nil, "\\"):
                guard let next = characters.popFirst() else { return nil }
                word = (word ?? "") + String(next)
            case ("\"", "\\"):
                guard let next = characters.popFirst() else { return nil }
                word?.append(next == "\"" || next == "\\" ? String(next) : "\\" + String(next))
            case (let open?, _) where character == open:
                quote = nil
            default:
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { return nil }
        if let word { words.append(word) }
        return words
    }

    /// A command line of which a shell makes exactly these words.
    static func quoted(_ words: [String]) -> String {
        words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")
    }
}
