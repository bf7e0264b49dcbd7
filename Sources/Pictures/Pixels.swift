internal import CTurboJPEG

/// A picture in memory: three bytes a pixel, line by line.
struct Pixels {
    let width: Int
    let height: Int
    var bytes: [UInt8]

    private static let byteCount = 3

    init(width: Int, height: Int, bytes: [UInt8]) {
        self.width = width
        self.height = height
        self.bytes = bytes
    }

    /// Decodes at the smallest of the sizes that JPEG gives for little work whose longer side has `side` pixels. What is
    /// missing at the end of a file stays grey.
    init?(decoding jpeg: ArraySlice<UInt8>, width: Int, height: Int, atLeast side: Int) {
        guard let decoder = tjInitDecompress() else { return nil }
        defer { tjDestroy(decoder) }
        var count: Int32 = 0
        guard let factors = tjGetScalingFactors(&count) else { return nil }
        let scaled = (0..<Int(count)).map { factors[$0] }.filter { $0.num <= $0.denom }.map { factor in
            (
                width: Self.scale(width, factor), height: Self.scale(height, factor)
            )
        }
        let fitting = scaled.filter { max($0.width, $0.height) >= side }.min { $0.width < $1.width }
        let size = fitting ?? (width: width, height: height)
        var bytes = [UInt8](repeating: 0x80, count: size.width * size.height * Self.byteCount)
        let status = jpeg.withUnsafeBufferPointer { jpeg in
            tjDecompress2(
                decoder, jpeg.baseAddress, UInt(jpeg.count), &bytes, Int32(size.width), 0,
                Int32(size.height), Int32(TJPF_RGB.rawValue), TJFLAG_LIMITSCANS)
        }
        // A warning, as for a file that is cut short, leaves a picture all the same.
        guard status == 0 || tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue) else { return nil }
        self.init(width: size.width, height: size.height, bytes: bytes)
    }

    /// Decodes all of a JPEG.
    init?(jpeg: [UInt8]) {
        guard let (width, height) = Self.size(of: jpeg[...]) else { return nil }
        self.init(decoding: jpeg[...], width: width, height: height, atLeast: .max)
    }

    /// What a JPEG says of its width and height. A decoder that has met what is none is of no use for the next.
    static func size(of jpeg: ArraySlice<UInt8>) -> (width: Int, height: Int)? {
        guard let decoder = tjInitDecompress() else { return nil }
        defer { tjDestroy(decoder) }
        var (width, height, sampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let status = jpeg.withUnsafeBufferPointer {
            tjDecompressHeader3(decoder, $0.baseAddress, UInt($0.count), &width, &height, &sampling, &colours)
        }
        return status == 0 && width > 0 && height > 0 ? (Int(width), Int(height)) : nil
    }

    /// As TJSCALED, a macro, has it.
    private static func scale(_ length: Int, _ factor: tjscalingfactor) -> Int {
        (length * Int(factor.num) + Int(factor.denom) - 1) / Int(factor.denom)
    }

    /// The same turned upright and at most `side` pixels long; each pixel is the mean of those it stands for.
    func upright(_ orientation: Orientation, side: Int) -> Pixels {
        let (fullWidth, fullHeight) = orientation.swapsSides ? (height, width) : (width, height)
        let longer = max(fullWidth, fullHeight, side)
        let newWidth = max(1, fullWidth * side / longer)
        let newHeight = max(1, fullHeight * side / longer)
        var output = [UInt8]()
        output.reserveCapacity(newWidth * newHeight * Self.byteCount)
        bytes.withUnsafeBufferPointer { bytes in
            for y in 0..<newHeight {
                let top = y * fullHeight / newHeight
                let rows = top..<max((y + 1) * fullHeight / newHeight, top + 1)
                for x in 0..<newWidth {
                    let first = x * fullWidth / newWidth
                    let columns = first..<max((x + 1) * fullWidth / newWidth, first + 1)
                    var (red, green, blue) = (0, 0, 0)
                    for row in rows {
                        for column in columns {
                            let source = orientation.source(x: column, y: row, width: width, height: height)
                            let place = (source.y * width + source.x) * Self.byteCount
                            red += Int(bytes[place])
                            green += Int(bytes[place + 1])
                            blue += Int(bytes[place + 2])
                        }
                    }
                    let count = rows.count * columns.count
                    output.append(UInt8(red / count))
                    output.append(UInt8(green / count))
                    output.append(UInt8(blue / count))
                }
            }
        }
        return Pixels(width: newWidth, height: newHeight, bytes: output)
    }

    func jpeg(quality: Int32) -> [UInt8]? {
        guard let encoder = tjInitCompress() else { return nil }
        defer { tjDestroy(encoder) }
        var buffer: UnsafeMutablePointer<UInt8>?
        var byteCount: UInt = 0
        defer { tjFree(buffer) }
        let status = tjCompress2(
            encoder, bytes, Int32(width), 0, Int32(height), Int32(TJPF_RGB.rawValue), &buffer, &byteCount,
            Int32(TJSAMP_420.rawValue), quality, 0)
        guard status == 0, let buffer else { return nil }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(byteCount)))
    }
}
