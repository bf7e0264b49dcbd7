internal import ObjectStore

/// How a listing goes on: the provider's own token, and the last name seen, so that a provider that answers the
/// same page forever is found out.
struct ListToken {
    let lastKey: String
    let providerToken: String

    init(lastKey: String, providerToken: String) {
        self.lastKey = lastKey
        self.providerToken = providerToken
    }

    init?(_ text: String) {
        guard let separator = text.utf8.firstIndex(of: 0) else { return nil }
        lastKey = String(text[..<separator])
        providerToken = String(text[text.utf8.index(after: separator)...])
    }

    // XML cannot hold a NUL, so none is in either part.
    var text: String { "\(lastKey)\0\(providerToken)" }
}

extension ListAnswer {
    /// The answer as a page of a store, once its names are in ascending order of bytes, lie under the prefix and
    /// come after the previous page.
    func page(
        under keyPrefix: String, prefix: String, after previous: ListToken?
    ) throws(MalformedXML) -> ListPage {
        var lastKey = previous?.lastKey ?? ""
        var isFirst = previous == nil
        var found: [ObjectInfo] = []
        found.reserveCapacity(objects.count)
        var foreignNames: [String] = []
        for object in objects {
            guard isFirst || lastKey.utf8.lexicographicallyPrecedes(object.key.utf8) else {
                throw MalformedXML(reason: "the listing is out of order: \(object.key) after \(lastKey)")
            }
            isFirst = false
            lastKey = object.key
            guard object.key.utf8.starts(with: (keyPrefix + prefix).utf8) else {
                throw MalformedXML(reason: "the listing has a name that was not asked for: \(object.key)")
            }
            let name = String(object.key.dropFirst(keyPrefix.count))
            guard let key = ObjectKey(name) else {
                foreignNames.append(name)
                continue
            }
            guard let byteCount = object.byteCount, byteCount >= 0, let modified = object.modified else {
                throw MalformedXML(reason: "the listing lacks the size or the time of \(name)")
            }
            found.append(ObjectInfo(key: key, byteCount: byteCount, modified: modified))
        }
        if let nextToken, nextToken == previous?.providerToken {
            throw MalformedXML(reason: "the listing goes on where it began")
        }
        let next = nextToken.map { ListToken(lastKey: lastKey, providerToken: $0).text }
        return ListPage(objects: found, foreignNames: foreignNames, nextToken: next)
    }
}
