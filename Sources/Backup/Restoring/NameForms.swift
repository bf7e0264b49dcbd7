/// The forms of a name that file systems take for the same one, and those that every file system takes.
enum NameForms {
    /// What names have in common that some file system may not tell apart: letters' case, the two ways to write an
    /// accent (Swift's strings are equal where Unicode says so), and dots and spaces at the end.
    static func key(_ name: some Collection<UInt8>) -> String {
        var text = folded(name)
        while let last = text.unicodeScalars.last, last == "." || last == " " {
            text.unicodeScalars.removeLast()
        }
        return text
    }

    /// The name with `_` in place of all that exFAT, NTFS or a Windows server refuses; the same where that is nothing.
    ///
    /// Source: Microsoft, "Naming Files, Paths, and Namespaces".
    static func portable(_ name: [UInt8]) -> [UInt8] {
        var text = String(decoding: name, as: UTF8.self).unicodeScalars
        text = .init(
            text.map { scalar in
                scalar.value < 0x20 || scalar.value == 0x7f || scalar == "\u{fffd}"
                    || "\"*:<>?\\|".unicodeScalars.contains(scalar) ? "_" : scalar
            })
        var end = text.endIndex
        var tail = 0
        while end > text.startIndex {
            let before = text.index(before: end)
            guard text[before] == "." || text[before] == " " else { break }
            end = before
            tail += 1
        }
        var result = String(text[..<end]) + String(repeating: "_", count: tail)
        if let reserved = reservedStem(of: result) {
            result.insert("_", at: result.index(result.startIndex, offsetBy: reserved.count))
        }
        return Array(result.utf8)
    }

    /// Names to be tried in place of one that is taken, with numbers: `a (2).jpg`.
    static func numbered(_ name: [UInt8], atMost byteCount: Int = 249) -> some Sequence<[UInt8]> {
        let (stem, ending) = split(name)
        let short = shortened(stem, to: byteCount - ending.count - 6)
        return (2..<1000).lazy.map { short + Array(" (\($0))".utf8) + ending }
    }

    /// Names to be tried in place of one that the file system refuses: the portable form, one of ASCII alone, one as
    /// short as every file system holds, and that with numbers.
    static func accepted(_ name: [UInt8]) -> [[UInt8]] {
        let portable = portable(name)
        let ascii = Array(
            String(decoding: portable, as: UTF8.self).map { $0.isASCII ? String($0) : "_" }.joined().utf8)
        let (stem, ending) = split(ascii)
        let short = shortened(stem, to: maximumByteCount - ending.count) + ending
        var names: [[UInt8]] = []
        for form in [portable, ascii, short] where form != name && !names.contains(form) {
            names.append(form)
        }
        return names + numbered(ascii, atMost: maximumByteCount).prefix(98)
    }

    /// Whether names differ at most in case and in how their accents are written.
    static func isSameText(_ name: [UInt8], _ other: [UInt8]) -> Bool { folded(name) == folded(other) }

    /// Whether names differ at most in case.
    static func isSameScalars(_ name: [UInt8], _ other: [UInt8]) -> Bool {
        folded(name).utf8.elementsEqual(folded(other).utf8)
    }

    private static func folded(_ name: some Collection<UInt8>) -> String {
        String(decoding: name, as: UTF8.self).uppercased().lowercased()
    }

    /// Whether some file systems refuse the name, or take it for a shorter one.
    static func isOdd(_ name: [UInt8]) -> Bool {
        name.count > maximumByteCount || name.contains { $0 >= 0x80 } || portable(name) != name
    }

    /// The least that a file system in use holds: eCryptfs, with encrypted names.
    private static let maximumByteCount = 143

    private static let reservedStems: Set<String> = Set(
        ["CON", "PRN", "AUX", "NUL"] + (0...9).flatMap { ["COM\($0)", "LPT\($0)"] })

    private static func reservedStem(of name: String) -> Substring? {
        let stem = name.prefix { $0 != "." }
        return reservedStems.contains(stem.uppercased()) ? stem : nil
    }

    /// What stands before the last dot, and the rest.
    private static func split(_ name: [UInt8]) -> (stem: [UInt8], ending: [UInt8]) {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0, name.count - dot <= 16 else {
            return (name, [])
        }
        return (Array(name[..<dot]), Array(name[dot...]))
    }

    private static func shortened(_ stem: [UInt8], to byteCount: Int) -> [UInt8] {
        guard stem.count > byteCount else { return stem }
        var end = byteCount
        // Not inside a character.
        while end > 0, stem[end] & 0xc0 == 0x80 { end -= 1 }
        return Array(stem[..<end])
    }
}
