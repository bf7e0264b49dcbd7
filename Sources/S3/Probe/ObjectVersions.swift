/// What `ListObjectVersions` answers, as far as a clean-up needs it.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
struct ObjectVersions {
    struct Version: Hashable {
        var key: String
        /// nil where none was told.
        var id: String?
        var isDeleteMarker = false
    }

    private(set) var versions: [Version] = []

    /// Reads a listing, whatever names it holds.
    static func read(_ bytes: UnsafeRawBufferPointer) throws(MalformedXML) -> ObjectVersions {
        try XMLReader.readLeniently(bytes) { bytes throws(MalformedXML) in try ObjectVersions(bytes) }
    }

    init(_ bytes: UnsafeRawBufferPointer) throws(MalformedXML) {
        var xml = try XMLReader(bytes)
        guard try xml.next() == .start, xml.isNamed("ListVersionsResult") else {
            throw MalformedXML(reason: "the answer is no listing of versions")
        }
        var version = Version(key: "")
        while let event = try xml.next() {
            let depth = xml.depth
            let isMarker = xml.isNamed("DeleteMarker")
            if event == .start {
                if depth == 1 { version = Version(key: "", isDeleteMarker: isMarker) }
            } else if depth == 2, xml.isNamed("Key") {
                version.key = xml.text
            } else if depth == 2, xml.isNamed("VersionId") {
                version.id = xml.text
            } else if depth == 1, isMarker || xml.isNamed("Version"), !version.key.isEmpty {
                versions.append(version)
            }
        }
    }
}
