internal import Foundation

// Names from a Mac are often decomposed (NFD), and people type composed ones (NFC): both mean the same.

/// The name in composed form (NFC); nil where it has only one form, as ASCII has, or is no UTF-8.
func composed(_ name: some Collection<UInt8>) -> [UInt8]? {
    guard name.contains(where: { $0 >= 0x80 }), let text = String(validating: name, as: UTF8.self) else {
        return nil
    }
    return Array(text.precomposedStringWithCanonicalMapping.utf8)
}

/// Whether two names are the same one for a person.
func areSameName(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    left.elementsEqual(right) || composed(left).map { $0 == composed(right) } ?? false
}
