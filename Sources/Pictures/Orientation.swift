/// How a picture is to be turned to stand upright, as its camera wrote down.
///
/// Source: EXIF 2.32, tag 0x0112.
public enum Orientation: UInt8, Sendable, CaseIterable {
    case upright = 1
    case mirrored
    case turnedAround
    case mirroredTurnedAround
    case transposed
    case turnedRight
    case transversed
    case turnedLeft

    /// Whether width and height change places.
    var swapsSides: Bool { rawValue >= 5 }

    /// Where the pixel of the upright picture comes from.
    ///
    /// - Parameters: of the stored picture.
    func source(x: Int, y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
        switch self {
        case .upright: (x, y)
        case .mirrored: (width - 1 - x, y)
        case .turnedAround: (width - 1 - x, height - 1 - y)
        case .mirroredTurnedAround: (x, height - 1 - y)
        case .transposed: (y, x)
        case .turnedRight: (y, height - 1 - x)
        case .transversed: (width - 1 - y, height - 1 - x)
        case .turnedLeft: (width - 1 - y, x)
        }
    }

    /// Upright where the file does not say it.
    init(in metadata: PhotoMetadata) {
        let number = metadata.directories.first?.number(of: .orientation)
        self = number.flatMap { Orientation(rawValue: UInt8(truncatingIfNeeded: $0)) } ?? .upright
    }
}
