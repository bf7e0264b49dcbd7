/// Which bytes of an object an answer holds, as its `Content-Range` tells.
///
/// Source: RFC 9110, section 14.4. Servers have left out the unit or the length, and written `=` for the space.
struct ContentRange: Hashable, Sendable {
    let range: Range<Int>
    /// Of the whole object; nil where it is not told.
    let total: Int?

    /// No service keeps an object of so many bytes, and places in it can be added to without care.
    private static let longest = 1 << 60

    /// nil for what cannot be read, or cannot be: it then says nothing.
    init?(_ text: String) {
        let parts = text.lowercased().split { " =-/".contains($0) }.drop { $0 == "bytes" }.map(String.init)
        guard parts.count >= 2, let first = Int(parts[0]), let last = Int(parts[1]), first >= 0,
            first <= last, last < Self.longest
        else { return nil }
        range = first..<(last + 1)
        total = parts.count > 2 ? Int(parts[2]).flatMap { $0 > last ? $0 : nil } : nil
    }
}

extension HTTPHeaders {
    var contentRange: ContentRange? { self["content-range"].flatMap { ContentRange($0) } }
}
