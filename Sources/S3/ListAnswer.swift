internal import ObjectStore

/// What `ListObjectsV2` answers, as the provider wrote it.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
struct ListAnswer {
    struct Object: Hashable {
        var key = ""
        var byteCount: Int?
        var modified: Int64?
    }

    private(set) var objects: [Object] = []
    private(set) var nextToken: String?

    init(_ bytes: UnsafeRawBufferPointer) throws(MalformedXML) {
        var xml = try XMLReader(bytes)
        guard try xml.next() == .start, xml.isNamed("ListBucketResult") else {
            throw MalformedXML(reason: "the answer is no listing of a bucket")
        }
        var isTruncated: Bool?
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
                nextToken = xml.text
            }
        }
        guard let isTruncated else {
            throw MalformedXML(reason: "the listing does not say whether it is whole")
        }
        if !isTruncated { nextToken = nil }
        guard !isTruncated || nextToken?.isEmpty == false else {
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
