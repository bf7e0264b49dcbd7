internal import ObjectStore

/// What `ListObjectsV2` answers, as the provider wrote it.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
struct ListAnswer {
    struct Object: Hashable {
        var key = ""
        /// Whether the key is known to the byte.
        var isExact = true
        var byteCount: Int?
        var modified: Int64?
    }

    /// How a listing goes on that is cut.
    enum Continuation: Hashable {
        case token(String)
        /// After a name: so do services that know the first version of listings alone.
        case name(String)
    }

    private(set) var objects: [Object] = []
    private(set) var next: Continuation?

    /// Reads a listing, whatever names it holds.
    static func read(_ bytes: UnsafeRawBufferPointer) throws(MalformedXML) -> ListAnswer {
        try XMLReader.readLeniently(bytes) { bytes throws(MalformedXML) in try ListAnswer(bytes) }
    }

    init(_ bytes: UnsafeRawBufferPointer) throws(MalformedXML) {
        var xml = try XMLReader(bytes)
        guard try xml.next() == .start, xml.isNamed("ListBucketResult") else {
            throw MalformedXML(reason: "the answer is no listing of a bucket")
        }
        var isTruncated: Bool?
        var isEncoded = false
        var (token, marker): (String?, String?)
        var object = Object()
        while let event = try xml.next() {
            let depth = xml.depth
            guard event == .end else {
                if depth == 1, xml.isNamed("Contents") { object = Object() }
                continue
            }
            if depth == 2 {
                Self.read(xml, into: &object)
            } else if depth == 1, xml.isNamed("Contents") {
                objects.append(object)
            } else if depth == 1, xml.isNamed("IsTruncated") {
                isTruncated = xml.text == "true"
            } else if depth == 1, xml.isNamed("NextContinuationToken") {
                token = xml.text
            } else if depth == 1, xml.isNamed("NextMarker") {
                marker = xml.text
            } else if depth == 1, xml.isNamed("EncodingType") {
                isEncoded = xml.text == "url"
            }
        }
        // It may say last how names are written.
        for index in objects.indices {
            let name = ListedName(objects[index].key, isEncoded: isEncoded)
            (objects[index].key, objects[index].isExact) = (name.text, name.isExact)
        }
        guard let isTruncated else {
            throw MalformedXML(reason: "the listing does not say whether it is whole")
        }
        guard isTruncated else { return }
        if let token, !token.isEmpty {
            next = .token(token)
        } else if let last = objects.last.map({ ListedName($0.key, isExact: $0.isExact) })
            ?? marker.map({ ListedName($0, isEncoded: isEncoded) }),
            last.isExact, !last.text.isEmpty
        {
            next = .name(last.text)
        } else {
            throw MalformedXML(reason: "the listing is cut, and does not say how it goes on")
        }
    }

    /// Takes what ends here, if it belongs to an object.
    private static func read(_ xml: borrowing XMLReader, into object: inout Object) {
        if xml.isNamed("Key") {
            object.key = xml.text
        } else if xml.isNamed("Size") {
            object.byteCount = Int(xml.text)
        } else if xml.isNamed("LastModified") {
            object.modified = Timestamp.parse(iso8601: xml.text)
        }
    }
}
