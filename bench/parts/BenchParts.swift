/// Measures the parts of the program one by one, in seconds, so that a change that costs speed is seen.
///
///     swift run -c release bench-parts [WORD]...      only the parts with one of these words in their names
@main
enum BenchParts {
    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        if words.first == TenMillion.word { return try await TenMillion.run(Array(words.dropFirst())) }
        for part in try await hashing + sealing + pages + signing + listing() + surveying() + scanning() {
            try await show(part, words)
        }
    }

    private static func show(_ part: Part, _ words: ArraySlice<String>) async throws {
        guard words.isEmpty || words.contains(where: part.name.contains) else { return }
        let name = part.name + String(repeating: " ", count: max(1, 48 - part.name.count))
        print(name + (try await part.measure()))
    }
}
