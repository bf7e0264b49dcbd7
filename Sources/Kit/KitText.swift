extension EmergencyKit {
    /// The page as text of 80 columns, but for the codes and for places that need more.
    public var text: String {
        var lines = [Self.title.uppercased(), ""] + Self.wrapped(Self.introduction) + [""]
        lines += facts.map { Self.padded($0.name, 16) + $0.value } + [""]
        lines += [Self.wordsCaption, ""]
        lines += stride(from: 0, to: words.count, by: 4).map { start in
            (start..<min(start + 4, words.count)).map { index in
                let number = String(index + 1)
                return String(repeating: " ", count: 4 - number.count)
                    + "\(number) \(Self.padded(words[index], 9))"
            }.joined()
        }
        lines += [""] + (QRCode(phrase)?.halfBlocks ?? []) + [""]
        lines += [Self.wrappedCaption, ""] + wrappedLines(12).map { "    \($0)" }
        lines += [""] + (QRCode(wrappedLetters)?.halfBlocks ?? []) + [""]
        lines +=
            ["Where the replicas are", ""] + replicas.map { "    \(Self.padded($0.name, 16))\($0.place)" } + [
                ""
            ]
        lines += ["To get everything back", ""]
        for (number, step) in Self.steps.enumerated() {
            let wrapped = Self.wrapped(step, width: 73)
            lines += wrapped.enumerated().map { ($0 == 0 ? "    \(number + 1). " : "       ") + $1 }
        }
        lines += [""] + Self.wrapped("[ ] " + Self.tested)
        return lines.map(Self.withoutTrailingSpaces).joined(separator: "\n")
            + "\n"
    }

    private static func withoutTrailingSpaces(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func wrapped(_ text: String, width: Int = 80) -> [String] {
        text.split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }
}
