internal import ObjectStore

/// How far the survey has come in one replica's listing, of which it holds one page and the next.
struct ListingCursor {
    private enum State {
        case listing
        case ended
        case failed
    }

    let replica: Int
    private let storeName: String
    private let prefixes: [String]

    private var state: State
    private var objects: [ObjectInfo] = []
    private var position = 0
    private var lastKey: ObjectKey?
    private var prefixIndex = 0
    /// Where the next page begins under `prefix`.
    private(set) var token: String?
    /// The answer for the next page, once it has come.
    var arrived: Result<ListPage, ObjectStoreError>?

    init(replica: Int, storeName: String, prefixes: [String]) {
        self.replica = replica
        self.storeName = storeName
        self.prefixes = prefixes
        state = prefixes.isEmpty ? .ended : .listing
    }

    /// The next object of the listing; nil when the page in hand is used up.
    var head: ObjectInfo? { position < objects.count ? objects[position] : nil }

    /// Whether there is a page after the one in hand, under `prefix` from `token`.
    var hasNextPage: Bool { state == .listing }
    var needsPage: Bool { hasNextPage && position == objects.count }
    /// False once the listing has failed: what it has not shown is unknown.
    var isReadable: Bool { state != .failed }
    var prefix: String { prefixes[prefixIndex] }

    mutating func advance() { position += 1 }

    /// Makes the page at `token` the one in hand, and returns it.
    ///
    /// - Throws: what the replica answered instead, or `malformedAnswer`; the cursor is unreadable then.
    mutating func take(_ answer: Result<ListPage, ObjectStoreError>) throws(ObjectStoreError) -> ListPage {
        objects = []
        position = 0
        do throws(ObjectStoreError) {
            let page = try answer.get()
            try check(page)
            objects = page.objects
            lastKey = page.objects.last?.key ?? lastKey
            token = page.nextToken
            if token == nil { prefixIndex += 1 }
            if prefixIndex == prefixes.count { state = .ended }
            return page
        } catch {
            state = .failed
            throw error
        }
    }

    /// Gives the listing up, and returns why.
    mutating func fail(_ reason: String) -> ObjectStoreError {
        (state, objects, position) = (.failed, [], 0)
        return malformed(reason)
    }

    /// A page out of order, repeated or outside its prefix would make objects look missing.
    private func check(_ page: ListPage) throws(ObjectStoreError) {
        // A page that leads to itself would be asked for without end.
        if page.nextToken != nil, page.nextToken == token { throw malformed("the listing does not advance") }
        var previous = lastKey
        for object in page.objects {
            if let previous, !previous.precedes(object.key) {
                throw malformed("the listing is out of order at \(object.key)")
            }
            previous = object.key
        }
        // What is between two names with a prefix has that prefix too.
        for object in [page.objects.first, page.objects.last] {
            guard object?.key.rawValue.hasPrefix(prefix) ?? true else {
                throw malformed("the listing has a name outside \(prefix)")
            }
        }
    }

    private func malformed(_ reason: String) -> ObjectStoreError {
        ObjectStoreError(.malformedAnswer, store: storeName, object: prefix, reason: reason)
    }
}
