internal import Crypto
internal import Foundation
internal import Vault

/// A grant as people send it: the stored object's bytes, or those as lines of text. It is sealed either way.
public enum GrantText {
    private static let first = "-----BEGIN PHOTOBACKUP GRANT-----"
    private static let last = "-----END PHOTOBACKUP GRANT-----"

    /// Base64 in lines of 64, between two lines that say what it is.
    public static func encode(_ bytes: [UInt8]) -> String {
        let letters = Array(bytes.base64)
        let lines = stride(from: 0, to: letters.count, by: 64).map {
            String(letters[$0..<min($0 + 64, letters.count)])
        }
        return ([first] + lines + [last]).joined(separator: "\n")
    }

    /// The stored object's bytes: of what `encode` wrote, wherever in a text it stands, or of what is none.
    public static func decode(_ content: [UInt8]) -> [UInt8] {
        guard let text = String(validating: content, as: UTF8.self), let start = text.range(of: first),
            let end = text.range(of: last, range: start.upperBound..<text.endIndex),
            let data = Data(
                base64Encoded: String(text[start.upperBound..<end.lowerBound]),
                options: .ignoreUnknownCharacters)
        else { return content }
        return [UInt8](data)
    }
}
