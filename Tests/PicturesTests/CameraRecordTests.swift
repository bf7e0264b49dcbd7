import PictureTesting
import Testing

@testable import Pictures

/// What cameras wrote, and what was made to look like it.
@Suite struct CameraRecordTests {
    private let taken = "2026:11:21 17:28:00"
    /// date -u -d '2026-11-21 17:28:00' +%s
    private let seconds: Int64 = 1_795_282_080

    @Test(arguments: [false, true])
    func jpegAndTIFFAreRead(isBigEndian: Bool) {
        let jpeg = MadePicture.jpeg(
            maker: "NIKON CORPORATION", model: "NIKON Z 8", taken: taken, isBigEndian: isBigEndian)
        #expect(CameraRecord(of: jpeg) == CameraRecord(taken: seconds, camera: "NIKON Z 8"))
        let tiff = MadePicture.tiff(
            maker: "SONY", model: "ILCE-7M4", taken: taken, isBigEndian: isBigEndian)
        #expect(CameraRecord(of: tiff) == CameraRecord(taken: seconds, camera: "SONY ILCE-7M4"))
    }

    @Test(arguments: [
        ("1970:01:01 00:00:00", 0), ("2000:02:29 23:59:59", 951_868_799), ("1969:12:31 23:59:59", -1),
        ("2024:03:01 00:00:00", 1_709_251_200),
    ])
    func daysAreCountedAsTheCalendarDoes(text: String, seconds: Int64) {
        #expect(record(taken: text).taken == seconds)
    }

    @Test(arguments: [
        "0000:00:00 00:00:00", "    :  :     :  :  ", "2026:13:01 00:00:00", "2026:11:21",
        "2026-11-21 25:00:00", "",
    ])
    func whatIsNoTimeIsNone(text: String) {
        #expect(record(taken: text) == CameraRecord(taken: nil, camera: "A B"))
    }

    private func record(taken: String) -> CameraRecord {
        CameraRecord(of: MadePicture.jpeg(maker: "A", model: "B", taken: taken))
    }

    /// Every beginning, and every byte changed: an answer each time, and never one from outside the bytes.
    @Test func damagedHeadersEndInAnAnswer() {
        let picture = MadePicture.jpeg(maker: "NIKON", model: "Z 8", taken: taken)
        for count in 0..<picture.count {
            let record = CameraRecord(of: Array(picture[..<count]))
            #expect(record.taken == nil || record.taken == seconds)
        }
        for index in picture.indices {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var damaged = picture
                damaged[index] = value
                let camera = CameraRecord(of: damaged).camera ?? ""
                #expect(camera.utf8.count <= 2 * 64 * 3 + 1)
            }
        }
    }

    @Test func filesWithoutAnythingHaveNoRecord() {
        for bytes in [[], [0xff, 0xd8], Array("II*\0".utf8), Array("Exif\0\0".utf8), Array("CMT1CMT2".utf8)] {
            #expect(CameraRecord(of: bytes) == CameraRecord(taken: nil, camera: nil))
        }
    }

    @Test func everyKindIsRead() {
        for (kind, bytes) in MadePicture.everyKind(maker: "NIKON", model: "Z 8", taken: taken) {
            #expect(
                CameraRecord(of: bytes) == CameraRecord(taken: seconds, camera: "NIKON Z 8"), "\(kind)")
        }
    }

    /// A directory that leads to itself, or outside, and a text that is said to be longer than the file.
    @Test func whatLeadsAstrayEnds() {
        for (place, value) in [
            (4, 0xffff_ffff), (8 + 2 + 36 + 8, 8), (8 + 2 + 36 + 8, 0xffff_fff0), (8 + 2 + 4, 0xffff_ffff),
        ] {
            var tiff = MadePicture.tiff(maker: "NIKON", model: "Z 8", taken: taken, isBigEndian: false)
            for index in 0..<4 { tiff[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
            #expect(CameraRecord(of: tiff) != CameraRecord(taken: seconds, camera: "NIKON Z 8"), "\(place)")
        }
    }

    @Test func longTextsAreCutOff() {
        let maker = String(repeating: "A", count: 70_000)
        let tiff = MadePicture.tiff(maker: maker, model: "Z 8", taken: taken, isBigEndian: false)
        #expect(CameraRecord(of: tiff).camera == String(repeating: "A", count: 64) + " Z 8")
    }
}
