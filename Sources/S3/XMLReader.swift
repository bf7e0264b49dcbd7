internal import CXML2

/// Reads an answer element by element, as libxml2's pull parser meets them. A document type is refused, no
/// entity but the predefined ones is expanded, and nothing is ever fetched.
///
/// Source: https://gnome.pages.gitlab.gnome.org/libxml2/html/xmlreader_8h.html
struct XMLReader: ~Copyable {
    enum Event {
        /// Where an element begins; an empty one is followed by its end all the same.
        case start
        /// Where an element ends.
        case end
    }

    /// libxml2 sets itself up at its first use, and crashes where two threads do that at once: the first answers of
    /// all providers come at the same time.
    ///
    /// Source: https://gnome.pages.gitlab.gnome.org/libxml2/html/parser_8h.html, `xmlInitParser`
    private static let isSetUp: Void = xmlInitParser()

    private let reader: xmlTextReaderPtr
    private var emptyElementIsOpen = false
    /// The text since the last start or end.
    private(set) var text = ""

    /// Reads `bytes`, which must stay until the reader is gone. They are UTF-8: S3 answers nothing else.
    init(_ bytes: UnsafeRawBufferPointer) throws(MalformedXML) {
        Self.isSetUp
        // Without NOENT, DTDLOAD, DTDATTR and HUGE; the errors come back as codes.
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
        guard
            let reader = xmlReaderForMemory(
                bytes.bindMemory(to: CChar.self).baseAddress, Int32(clamping: bytes.count), nil, "UTF-8",
                Int32(options))
        else { throw MalformedXML(reason: "the answer is empty") }
        self.reader = reader
    }

    deinit { xmlFreeTextReader(reader) }

    /// How many elements are around the present one.
    var depth: Int { Int(xmlTextReaderDepth(reader)) }

    /// Whether the present element has that name, without any namespace's prefix.
    func isNamed(_ name: StaticString) -> Bool {
        guard let present = xmlTextReaderConstLocalName(reader) else { return false }
        return xmlStrEqual(present, name.utf8Start) == 1
    }

    /// The next start or end of an element; nil at the end of a whole document.
    mutating func next() throws(MalformedXML) -> Event? {
        if emptyElementIsOpen {
            emptyElementIsOpen = false
            return .end
        }
        while true {
            let result = xmlTextReaderRead(reader)
            guard result >= 0 else { throw MalformedXML(reason: "the answer is not well-formed XML") }
            guard result == 1 else { return nil }
            switch UInt32(bitPattern: xmlTextReaderNodeType(reader)) {
            case XML_READER_TYPE_ELEMENT.rawValue:
                text = ""
                emptyElementIsOpen = xmlTextReaderIsEmptyElement(reader) == 1
                return .start
            case XML_READER_TYPE_END_ELEMENT.rawValue:
                return .end
            case XML_READER_TYPE_TEXT.rawValue, XML_READER_TYPE_CDATA.rawValue:
                if let value = xmlTextReaderConstValue(reader) { text += String(cString: value) }
            case XML_READER_TYPE_DOCUMENT_TYPE.rawValue, XML_READER_TYPE_ENTITY_REFERENCE.rawValue:
                throw MalformedXML(reason: "the answer declares a document type, which no S3 answer does")
            default:
                break
            }
        }
    }
}

/// Why an answer cannot be read.
struct MalformedXML: Error, Hashable {
    let reason: String
}
