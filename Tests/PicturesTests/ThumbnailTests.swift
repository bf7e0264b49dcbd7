import PictureTesting
import Testing

@testable import Pictures

@Suite struct ThumbnailTests {
    private static let quarters = MadePicture.quarters

    /// The picture with what a camera writes of its orientation.
    private static func turned(_ orientation: UInt8) -> [UInt8] {
        let segment = Array("Exif\0\0".utf8) + directory(orientation)
        return quarters[..<2] + [0xff, 0xe1, 0, UInt8(segment.count + 2)] + segment + quarters[2...]
    }

    /// A TIFF's header, and a directory of one tag, little-endian.
    private static func directory(_ orientation: UInt8) -> [UInt8] {
        Array("II*\0".utf8) + [8, 0, 0, 0] + [1, 0] + [0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
            + [0, 0, 0, 0]
    }

    /// The colours in the middle of the four quarters, line by line.
    private func colours(of thumbnail: Thumbnail) throws -> String {
        let pixels = try #require(Pixels(jpeg: thumbnail.jpeg))
        return [(1, 1), (3, 1), (1, 3), (3, 3)].map { x, y in
            let place = (pixels.height * y / 4 * pixels.width + pixels.width * x / 4) * 3
            switch pixels.bytes[place..<(place + 3)].map({ $0 > 128 }) {
            case [true, false, false]: return "r"
            case [false, true, false]: return "g"
            case [false, false, true]: return "b"
            case [true, true, true]: return "w"
            default: return "?"
            }
        }.joined()
    }

    @Test(arguments: zip([UInt8](1...8), ["rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"]))
    func everyOrientationStandsUpright(orientation: UInt8, expected: String) throws {
        let thumbnail = try #require(Thumbnail(of: Self.turned(orientation)))
        #expect(try colours(of: thumbnail) == expected)
        #expect((thumbnail.width, thumbnail.height) == (orientation < 5 ? (32, 16) : (16, 32)))
        // Nothing of what the camera wrote goes with it.
        #expect(thumbnail.jpeg.firstRange(of: Array("Exif".utf8)) == nil)
    }

    @Test(arguments: [UInt8(0), 9, 255])
    func anOrientationThatIsNoneIsUpright(orientation: UInt8) throws {
        let thumbnail = try #require(Thumbnail(of: Self.turned(orientation)))
        #expect(try colours(of: thumbnail) == "rgbw")
    }

    @Test func aLargePictureBecomesSmall() throws {
        let (width, height) = (1500, 700)
        let grey = Pixels(
            width: width, height: height, bytes: [UInt8](repeating: 0x60, count: 3 * width * height))
        let large = try #require(grey.jpeg(quality: 80))
        let thumbnail = try #require(Thumbnail(of: large))
        #expect((thumbnail.width, thumbnail.height) == (width, height))
        let pixels = try #require(Pixels(jpeg: thumbnail.jpeg))
        #expect((pixels.width, pixels.height) == (480, 224))
        #expect(pixels.bytes.allSatisfy { abs(Int($0) - 0x60) < 4 })
    }

    @Test func theLargestPreviewOfARawFileIsTaken() throws {
        let small = try #require(
            Pixels(width: 8, height: 8, bytes: [UInt8](repeating: 0, count: 192)).jpeg(quality: 80))
        let raw = Self.directory(6) + small + [0xff, 0xd8, 0xff, 0xe0, 0] + Self.quarters + [UInt8](0..<200)
        let thumbnail = try #require(Thumbnail(of: raw))
        #expect(try colours(of: thumbnail) == "brwg")
        #expect((thumbnail.width, thumbnail.height) == (16, 32))
    }

    @Test func whatIsMissingAtTheEndIsNoReasonForNone() throws {
        #expect(Thumbnail(of: Array(Self.quarters.dropLast(20))) != nil)
    }

    @Test func whatIsNoPictureHasNone() {
        for file in [
            [], [0xff], [0xff, 0xd8, 0xff], Array("II*\0".utf8), [UInt8](repeating: 0xff, count: 500),
        ] {
            #expect(Thumbnail(of: file) == nil)
        }
        #expect(Thumbnail(of: Array(Self.quarters[..<30])) == nil)
    }

    @Test func noAlteredByteEndsTheProgram() {
        let picture = Self.turned(6)
        var made = 0
        for place in picture.indices {
            for change: UInt8 in [0x01, 0x80, 0xff] {
                var altered = picture
                altered[place] ^= change
                if Thumbnail(of: altered) != nil { made += 1 }
            }
        }
        #expect(made > 0)
    }
}
