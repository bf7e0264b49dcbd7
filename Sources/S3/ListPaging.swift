internal import ObjectStore

/// How a listing goes on: the provider's own token or a name, and the last of our names seen, so that a provider that
/// answers the same page for ever is found out.
struct ListToken {
    /// How many pages in a row have had no name at all; some services answer a few such, and none should for ever.
    static let emptyPageLimit = 100

    let lastKey: String
    let emptyPageCount: Int
    let next: ListAnswer.Continuation
    let effort: ListEffort

    init(
        lastKey: String, emptyPageCount: Int = 0, next: ListAnswer.Continuation,
        effort: ListEffort = ListEffort()
    ) {
        (self.lastKey, self.emptyPageCount, self.next) = (lastKey, emptyPageCount, next)
        self.effort = effort
    }

    init?(_ text: String) {
        let parts = text.split(separator: "\0", maxSplits: 4, omittingEmptySubsequences: false).map(
            String.init)
        guard parts.count == 5, let count = Int(parts[1]), let effort = ListEffort(parts[2]) else {
            return nil
        }
        (lastKey, emptyPageCount, self.effort) = (parts[0], count, effort)
        next = parts[3] == "t" ? .token(parts[4]) : .name(parts[4])
    }

    // None of our names has a NUL, and of the provider's, it stands last.
    var text: String {
        let start = "\(lastKey)\0\(emptyPageCount)\0\(effort.text)"
        return switch next {
        case .token(let token): "\(start)\0t\0\(token)"
        case .name(let name): "\(start)\0n\0\(name)"
        }
    }

    /// What a request for the next page says. After a name, in the words of both versions of listings: a service that
    /// gave no token knows the first one.
    var query: [(name: String, value: String)] {
        switch next {
        case .token(let token): [("continuation-token", token)]
        case .name(let name): [("marker", name), ("start-after", name)]
        }
    }
}

extension ListAnswer {
    /// In bytes. A name has 1,024 at most; services that keep objects as files take longer ones.
    private static let longestName = 4096
    /// In bytes. None that a service gives comes near; it goes into the next request's address.
    private static let longestToken = 8192

    /// As much of a name as a message needs.
    private static func beginning(of name: String) -> String {
        name.utf8.count > 200 ? String(name.unicodeScalars.prefix(100).map { Character($0) }) + "…" : name
    }

    /// The answer as a page of a store, once our names are in ascending order of bytes, all lie under the prefix and ours
    /// come after those of the previous page. How foreign names are sorted says nothing: what some of them are is not
    /// known to the byte.
    func page(
        under keyPrefix: String, prefix: String, after previous: ListToken?, taking time: Duration = .zero
    ) throws(MalformedXML) -> ListPage {
        let effort = try (previous?.effort ?? ListEffort()).adding(names: objects.count, taking: time)
        var lastKey = previous?.lastKey ?? ""
        var isFirst = lastKey.isEmpty
        var found: [ObjectInfo] = []
        found.reserveCapacity(objects.count)
        var foreignNames: [String] = []
        for object in objects {
            guard object.key.utf8.count <= Self.longestName else {
                throw MalformedXML(
                    reason: "the listing has a name of \(object.key.utf8.count) bytes: "
                        + Self.beginning(of: object.key))
            }
            guard object.key.utf8.starts(with: (keyPrefix + prefix).utf8) else {
                throw MalformedXML(
                    reason: "the listing has a name that was not asked for: \(Self.beginning(of: object.key))"
                )
            }
            let name = String(decoding: object.key.utf8.dropFirst(keyPrefix.utf8.count), as: UTF8.self)
            guard let key = ObjectKey(name) else {
                foreignNames.append(name)
                continue
            }
            guard isFirst || lastKey.utf8.lexicographicallyPrecedes(object.key.utf8) else {
                throw MalformedXML(
                    reason: "the listing is out of order: \(Self.beginning(of: object.key)) after \(lastKey)")
            }
            isFirst = false
            lastKey = object.key
            guard let byteCount = object.byteCount, byteCount >= 0 else {
                throw MalformedXML(
                    reason: "the listing lacks the size of \(name), or tells one that cannot be")
            }
            found.append(
                ObjectInfo(
                    key: key, byteCount: byteCount, modified: object.modified ?? ObjectInfo.unknownTime))
        }
        return ListPage(
            objects: found, foreignNames: foreignNames,
            nextToken: try nextToken(lastKey: lastKey, after: previous, effort)?.text)
    }

    /// - Throws: where the next page would be this one, or where one without names has followed the other for too long.
    private func nextToken(
        lastKey: String, after previous: ListToken?, _ effort: ListEffort
    ) throws(MalformedXML) -> ListToken? {
        guard let next else { return nil }
        if case .token(let token) = next, token.utf8.count > Self.longestToken {
            throw MalformedXML(reason: "the listing goes on by a token of \(token.utf8.count) bytes")
        }
        guard next != previous?.next else { throw MalformedXML(reason: "the listing goes on where it began") }
        let emptyPageCount = objects.isEmpty ? (previous?.emptyPageCount ?? 0) + 1 : 0
        guard emptyPageCount < ListToken.emptyPageLimit else {
            throw MalformedXML(
                reason: "the listing goes on, and has shown nothing for \(emptyPageCount) pages")
        }
        return ListToken(
            lastKey: lastKey, emptyPageCount: emptyPageCount, next: next, effort: effort)
    }
}
