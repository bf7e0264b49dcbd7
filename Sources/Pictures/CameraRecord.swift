/// What a camera wrote into a picture of when it was taken, and with what.
///
/// Source: EXIF 2.32, tags 0x9003 (`DateTimeOriginal`), 0x010f (`Make`) and 0x0110 (`Model`).
public struct CameraRecord: Sendable, Equatable {
    /// By the camera's clock, which knows no zone: the seconds since 1970 of a clock in UTC that shows the same.
    public let taken: Int64?
    /// Maker and model.
    public let camera: String?

}

extension CameraRecord {
    /// Longer texts are cut off.
    private static let maximumTextByteCount = 64

    /// Reads a picture, or its beginning: JPEG, TIFF, HEIF, and raw files. Both are nil where nothing is found.
    public init(of file: [UInt8]) {
        let directories = PhotoMetadata(of: file).directories
        func text(_ tag: TIFFDirectory.Tag) -> String {
            directories.lazy.compactMap { $0.text(of: tag, atMost: Self.maximumTextByteCount) }
                .map(\.trimmed).first { !$0.isEmpty } ?? ""
        }
        taken =
            directories.lazy.compactMap { $0.text(of: .taken, atMost: Self.maximumTextByteCount) }
            .compactMap(Self.seconds).first
        let (maker, model) = (text(.maker), text(.model))
        // Models often begin with their maker.
        let begin = maker.split(separator: " ").first.map { $0.lowercased() } ?? ""
        let name = (model.lowercased().hasPrefix(begin) ? model : "\(maker) \(model)").trimmed
        camera = name.isEmpty ? nil : name
    }

    /// `2026:11:21 17:28:00`, as a clock in UTC would mean it; nil for what is no time.
    private static func seconds(_ text: String) -> Int64? {
        let numbers = text.trimmed.split { $0 == ":" || $0 == " " }.map { Int($0) }
        guard numbers.count == 6, let year = numbers[0], let month = numbers[1], let day = numbers[2],
            let hour = numbers[3], let minute = numbers[4], let second = numbers[5],
            (1900...2200).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        // Days from the first of March of year 0: the leap day is then the last of its year.
        let shifted = month > 2 ? year : year - 1
        let yearDay = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + yearDay - 719_468
        return Int64(((days * 24 + hour) * 60 + minute) * 60 + second)
    }
}

extension String {
    /// Without spaces and control characters at either end.
    fileprivate var trimmed: String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
        }
        var text = Substring(self).unicodeScalars
        while let first = text.first, isSpace(first) { text.removeFirst() }
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(text)
    }
}
