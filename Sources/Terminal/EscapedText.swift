/// The name of a file, or a path, as it is shown: it is bytes, and may hold a line end or a terminal's commands.
public struct FileName: Sendable, Hashable {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// For a terminal: whatever could pass for output of ours, or for another name, is written as `\xNN`, a byte that is no UTF-8
    /// too, and a backslash is doubled, so that every name has a text of its own.
    public var text: String { escape(bytes, doublingBackslash: true) }

    /// For JSON: the name itself where it is UTF-8; else with U+FFFD for what is not, and then `base64` tells
    /// the name.
    public var jsonText: String { String(decoding: bytes, as: UTF8.self) }

    /// The bytes in Base64 (RFC 4648) where they are not UTF-8; nil where `jsonText` says all.
    public var base64: String? {
        String(validating: bytes, as: UTF8.self) == nil ? Base64.encode(bytes) : nil
    }
}

/// `text` on one line, without what a terminal would take for a command and what nobody would see; each such byte is written as
/// `\xNN`.
public func singleLine(_ text: String) -> String { escape(Array(text.utf8), doublingBackslash: false) }

private func escape(_ bytes: [UInt8], doublingBackslash: Bool) -> String {
    var text = ""
    text.reserveCapacity(bytes.count)
    var decoder = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var position = 0
    while true {
        switch decoder.parseScalar(from: &iterator) {
        case .valid(let encoded):
            position += encoded.count
            let scalar = Unicode.UTF8.decode(encoded)
            if scalar == "\\", doublingBackslash {
                text += "\\\\"
            } else if scalar.isInvisible {
                for byte in encoded { text += escaped(byte) }
            } else {
                text.unicodeScalars.append(scalar)
            }
        case .error(let length):
            for byte in bytes[position..<(position + length)] { text += escaped(byte) }
            position += length
        case .emptyInput:
            return text
        }
    }
}

private func escaped(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
