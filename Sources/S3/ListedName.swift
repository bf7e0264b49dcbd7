/// A name in a listing, as it is stored.
struct ListedName: Hashable {
    let text: String
    /// Whether it is known to the byte. One that is not cannot tell where a listing goes on.
    let isExact: Bool

    init(_ text: String, isExact: Bool) { (self.text, self.isExact) = (text, isExact) }

    /// - Parameter isEncoded: whether the provider has encoded it as in a URL's query. Some write a space as a plus then;
    ///   names of ours have neither.
    ///
    /// Source: `encoding-type` in ListObjectsV2
    init(_ text: String, isEncoded: Bool) {
        guard isEncoded, text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") })
        else {
            self.text = text
            isExact = !text.contains("?")
            return
        }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        self.text = String(decoding: bytes, as: UTF8.self)
        isExact = !text.utf8.contains(UInt8(ascii: "+")) && self.text.utf8.elementsEqual(bytes)
    }
}
