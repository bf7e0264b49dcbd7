/// A small, upright JPEG of a picture, without anything that its file says of camera, time or place; the caption is beside
/// it.
public struct Thumbnail: Sendable {
    public let jpeg: [UInt8]
    /// Of the picture that it was made from, upright.
    public let width: Int
    public let height: Int
    public let caption: Caption?

    /// Pixels at the longer side.
    public static let side = 480
    private static let quality: Int32 = 78
    /// More pixels than any camera has; a file that claims more is not to be believed.
    private static let pixelLimit = 400_000_000

    /// Makes one of a JPEG, or of the largest preview in a raw file; nil of anything else.
    ///
    /// What it reads was made by others: it is meant to run in a process that has nothing to lose.
    public init?(of file: [UInt8]) {
        let found = EmbeddedJPEG.starts(in: file).compactMap { start in
            Pixels.size(of: file[start...]).map {
                (start: start, width: $0.width, height: $0.height)
            }
        }.filter { $0.width * $0.height <= Self.pixelLimit }
        // What only looks like the beginning of a JPEG may say of itself that it is large.
        for jpeg in found.sorted(by: { $0.width * $0.height > $1.width * $1.height }) {
            guard
                let stored = Pixels(
                    decoding: file[jpeg.start...], width: jpeg.width, height: jpeg.height,
                    atLeast: Self.side)
            else { continue }
            self.init(stored, width: jpeg.width, height: jpeg.height, PhotoMetadata(of: file))
            return
        }
        return nil
    }

    private init?(_ stored: Pixels, width: Int, height: Int, _ metadata: PhotoMetadata) {
        let orientation = Orientation(in: metadata)
        guard let jpeg = stored.upright(orientation, side: Self.side).jpeg(quality: Self.quality) else {
            return nil
        }
        self.jpeg = jpeg
        self.width = orientation.swapsSides ? height : width
        self.height = orientation.swapsSides ? width : height
        caption = Caption(in: metadata)
    }
}
