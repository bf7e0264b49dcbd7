internal import CViewer
internal import Crypto
internal import Foundation

/// The page of a share: the web viewer with its three places filled in.
///
/// Source: docs/SHARE-FORMAT.md, "The page".
struct SharePage {
    let header: ShareHeader
    /// Sealed; empty where it lies beside the page.
    let manifest: [UInt8]

    init(header: ShareHeader, manifest: [UInt8]) {
        self.header = header
        self.manifest = manifest
    }

    /// The web viewer as it is in the program.
    static let viewer = String(
        decoding: UnsafeBufferPointer(start: cviewer_page(), count: cviewer_page_byte_count()),
        as: UTF8.self)

    /// The page, which may ask the hosts of these packs and no others.
    func html(packs: [String]) -> [UInt8] {
        var origins = Set(packs.map(Self.origin)).sorted()
        if header.manifest != nil { origins.insert("'self'", at: 0) }
        let places = [
            ("@ORIGINS@", origins.isEmpty ? "'none'" : origins.joined(separator: " ")),
            ("@HEADER@", header.text),
            ("@MANIFEST@", manifest.base64URL),
        ]
        var html: [UInt8] = []
        var rest = Self.viewer[...]
        // In the order in which they stand in the page.
        for (place, text) in places {
            guard let range = rest.firstRange(of: place) else {
                preconditionFailure("no \(place) in the viewer")
            }
            html += rest[..<range.lowerBound].utf8
            html += text.utf8
            rest = rest[range.upperBound...]
        }
        return html + rest.utf8
    }

    /// `https://host:port` of an address.
    static func origin(_ address: String) -> String {
        let parts = address.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.prefix(3).joined(separator: "/")
    }

    /// Reads a page that was delivered: the header and, where it is inside, the manifest.
    ///
    /// - Throws: `malformed`, `newerFormat`.
    init(parsing html: [UInt8]) throws(LinkError) {
        let html = Data(html)
        guard let header = Self.element("share-header", of: html),
            let manifest = Self.element("share-manifest", of: html).flatMap({ [UInt8](base64URL: $0) })
        else {
            throw LinkError(
                .malformed, "what is there is no page of shared photos",
                hint: "compare the link with the one you were given")
        }
        self.init(header: try ShareHeader(parsing: header), manifest: manifest)
        guard (self.header.manifest == nil) == !manifest.isEmpty else {
            throw LinkError(.malformed, "the page's list of files is missing")
        }
    }

    private static func element(_ id: String, of html: Data) -> String? {
        guard let start = html.range(of: Data("id=\"\(id)\">".utf8))?.upperBound,
            let end = html.range(of: Data("</script>".utf8), in: start..<html.endIndex)?.lowerBound
        else { return nil }
        return String(decoding: html[start..<end], as: UTF8.self)
    }
}
