import Foundation
import ProgramTesting
import Testing

@testable import Backup
@testable import photobackup

/// What cameras wrote, and what was made to look like it.
@Suite struct ExifHeaderTests {
    private let taken = "2026:11:21 17:28:00"
    /// date -u -d '2026-11-21 17:28:00' +%s
    private let seconds: Int64 = 1_795_282_080

    @Test(arguments: [false, true])
    func jpegAndTIFFAreRead(isBigEndian: Bool) {
        let jpeg = MadePicture.jpeg(
            maker: "NIKON CORPORATION", model: "NIKON Z 8", taken: taken, isBigEndian: isBigEndian)
        #expect(ExifHeader(jpeg).facts == PictureFacts(taken: seconds, camera: "NIKON Z 8"))
        let tiff = MadePicture.tiff(
            maker: "SONY", model: "ILCE-7M4", taken: taken, isBigEndian: isBigEndian)
        #expect(ExifHeader(tiff).facts == PictureFacts(taken: seconds, camera: "SONY ILCE-7M4"))
    }

    @Test(arguments: [
        ("1970:01:01 00:00:00", 0), ("2000:02:29 23:59:59", 951_868_799), ("1969:12:31 23:59:59", -1),
        ("2024:03:01 00:00:00", 1_709_251_200),
    ])
    func daysAreCountedAsTheCalendarDoes(text: String, seconds: Int64) {
        #expect(facts(taken: text).taken == seconds)
    }

    @Test(arguments: [
        "0000:00:00 00:00:00", "    :  :     :  :  ", "2026:13:01 00:00:00", "2026:11:21",
        "2026-11-21 25:00:00", "",
    ])
    func whatIsNoTimeIsNone(text: String) {
        #expect(facts(taken: text) == PictureFacts(taken: nil, camera: "A B"))
    }

    private func facts(taken: String) -> PictureFacts {
        ExifHeader(MadePicture.jpeg(maker: "A", model: "B", taken: taken)).facts
    }

    /// Every beginning, and every byte changed: an answer each time, and never one from outside the bytes.
    @Test func damagedHeadersEndInAnAnswer() {
        let picture = MadePicture.jpeg(maker: "NIKON", model: "Z 8", taken: taken)
        for count in 0..<picture.count {
            let facts = ExifHeader(Array(picture[..<count])).facts
            #expect(facts.taken == nil || facts.taken == seconds)
        }
        for index in picture.indices {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var damaged = picture
                damaged[index] = value
                let camera = ExifHeader(damaged).facts.camera ?? ""
                #expect(camera.utf8.count <= 2 * 64 * 3 + 1)
            }
        }
    }

    @Test func filesWithoutAnythingHaveNoFacts() {
        for bytes in [[], [0xff, 0xd8], Array("II*\0".utf8), Array("Exif\0\0".utf8), Array("CMT1CMT2".utf8)] {
            #expect(ExifHeader(bytes).facts == PictureFacts())
        }
    }
}
