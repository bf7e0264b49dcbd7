import Testing

@testable import Pictures

@Suite struct CaptionTests {
    /// The start of a JPEG.
    private static let start: [UInt8] = [0xff, 0xd8]

    /// An application segment of a JPEG.
    private static func segment(_ identifier: String, _ data: [UInt8]) -> [UInt8] {
        let content = Array(identifier.utf8) + data
        let byteCount = content.count + 2
        return [0xff, 0xe1, UInt8(byteCount >> 8), UInt8(byteCount & 0xff)] + content
    }

    private static func xmp(_ description: String) -> [UInt8] {
        segment("http://ns.adobe.com/xap/1.0/\0", packet(description))
    }

    private static func packet(_ description: String) -> [UInt8] {
        let text = """
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description>
             <dc:title><rdf:Alt><rdf:li xml:lang="x-default">A title</rdf:li></rdf:Alt></dc:title>
             <dc:description><rdf:Alt>\(description)</rdf:Alt></dc:description>
            </rdf:Description></rdf:RDF></x:xmpmeta>
            """
        return Array(text.utf8)
    }

    private static func xmp(line: String) -> [UInt8] {
        xmp("<rdf:li xml:lang=\"x-default\">\(line)</rdf:li>")
    }

    /// A TIFF whose first directory holds one tag: text in an `ImageDescription`, if it is no other.
    private static func tiff(
        _ value: [UInt8], tag: Int = 0x010e, type: Int = 2, isBigEndian: Bool = false
    ) -> [UInt8] {
        func number(_ value: Int, _ byteCount: Int) -> [UInt8] {
            let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return isBigEndian ? bytes.reversed() : bytes
        }
        let inline = value.count <= 4 ? value + [UInt8](repeating: 0, count: 4 - value.count) : nil
        return Array((isBigEndian ? "MM" : "II").utf8) + number(42, 2) + number(8, 4) + number(1, 2)
            + number(tag, 2) + number(type, 2) + number(value.count, 4)
            + (inline ?? number(26, 4)) + number(0, 4) + (inline == nil ? value : [])
    }

    private static func exif(_ description: [UInt8]) -> [UInt8] { segment("Exif\0\0", tiff(description)) }

    private func caption(_ segments: [UInt8]...) -> String? {
        Caption(in: PhotoMetadata(of: Self.start + segments.joined() + [0xff, 0xda]))?.text
    }

    @Test(arguments: [
        ("The evening before", "The evening before"),
        ("Anna &amp; J&#243;n &lt;3 &#x1F4F7; &quot;&apos;", "Anna & Jón <3 📷 \"'"),
        ("  two\n   lines\t", "two lines"),
        ("Möwe &nbsp; &; & &#xffffffff; &amp", "Möwe &nbsp; &; & &#xffffffff; &amp"),
    ])
    func whatAnEditorWroteIsTheCaption(written: String, expected: String) {
        #expect(caption(Self.xmp(line: written)) == expected)
    }

    @Test func theFirstLanguageIsTheDefaultOne() {
        let both = "<rdf:li xml:lang=\"x-default\">Evening</rdf:li><rdf:li xml:lang=\"de\">Abend</rdf:li>"
        #expect(caption(Self.xmp(both)) == "Evening")
    }

    @Test(arguments: [
        (Array("A bridge".utf8) + [0], "A bridge"), (Array("Möwe".utf8), "Möwe"),
        ([0x4d, 0xf6, 0x77, 0x65, 0], "Möwe"), (Array("Sea".utf8) + [0], "Sea"),
    ])
    func whatStandsInEXIFIsTheCaption(written: [UInt8], expected: String) {
        #expect(caption(Self.exif(written)) == expected)
        for isBigEndian in [false, true] {
            let raw = PhotoMetadata(of: Self.tiff(written, isBigEndian: isBigEndian))
            #expect(Caption(in: raw)?.text == expected)
        }
    }

    @Test(arguments: [1, 7])
    func aRawFileHasItsXMPInATag(type: Int) {
        let packet = Self.packet("<rdf:li>From a raw file</rdf:li>")
        let raw = PhotoMetadata(of: Self.tiff(packet, tag: 0x02bc, type: type))
        #expect(Caption(in: raw)?.text == "From a raw file")
        // Numbers are no text.
        #expect(PhotoMetadata(of: Self.tiff(packet, tag: 0x02bc, type: 3)).xmp == nil)
    }

    @Test func xmpComesFirstUnlessItIsEmpty() {
        #expect(caption(Self.exif(Array("older".utf8)), Self.xmp(line: "newer")) == "newer")
        #expect(caption(Self.exif(Array("older".utf8)), Self.xmp(line: " ")) == "older")
    }

    @Test(arguments: [
        "", "   ", "\0\0\0\0\0\0", "OLYMPUS DIGITAL CAMERA         ", "SANYO DIGITAL CAMERA", "SONY DSC",
        "DCIM",
    ])
    func whatCamerasWriteOfThemselvesIsNone(written: String) {
        #expect(caption(Self.exif(Array(written.utf8))) == nil)
    }

    @Test func itsLengthIsBounded() {
        #expect(caption(Self.xmp(line: String(repeating: "é", count: 5_000)))?.count == 2_000)
    }

    @Test func noAlteredOrMissingByteEndsTheProgram() {
        let picture =
            Self.start + Self.exif(Array("A bridge".utf8)) + Self.xmp(line: "&amp; J&#243;n") + [0xff, 0xda]
        var found = 0
        for place in picture.indices {
            for change: UInt8 in [0x01, 0x80, 0xff] {
                var altered = picture
                altered[place] ^= change
                if Caption(in: PhotoMetadata(of: altered)) != nil { found += 1 }
            }
            _ = Caption(in: PhotoMetadata(of: Array(picture[..<place])))
        }
        #expect(found > 0)
    }
}
