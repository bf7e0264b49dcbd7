internal import Vault

/// Bytes of a name as text on one line: what would move the cursor, and what is no UTF-8, is written `\u{9}` or
/// `\xff`. A file's name can hold anything, also what clears a terminal.
func displayed(_ name: some Collection<UInt8>) -> String {
    let bytes = Array(name)
    var text = ""
    var position = 0
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    while true {
        switch parser.parseScalar(from: &iterator) {
        case .valid(let encoded):
            let scalar = Unicode.UTF8.decode(encoded)
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
            position += encoded.count
        case .error(let length):
            for byte in bytes[position..<(position + length)] { text += "\\x\(String(byte, radix: 16))" }
            position += length
        case .emptyInput: return text
        }
    }
}

/// A path as text on one line, as above.
func displayed(_ path: EntryPath) -> String { displayed(path.bytes) }
