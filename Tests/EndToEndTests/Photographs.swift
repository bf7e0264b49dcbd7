import Crypto
import Foundation

/// Photographs to back up: real ones where the folder beside the project is there, and else made ones.
enum Photographs {
    /// Fills `folder`.
    static func put(in folder: Folder) throws {
        guard FileManager.default.fileExists(atPath: real) else { return try make(in: folder) }
        let copy = Process()
        copy.executableURL = URL(fileURLWithPath: "/bin/cp")
        copy.arguments = ["-a", real + "/.", folder.text]
        try copy.run()
        copy.waitUntilExit()
        guard copy.terminationStatus == 0 else { throw SystemError("cp") }
    }

    private static let real = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/photos").path()

    /// Files with the beginning of a JPEG and its sidecar, and a raw file that is larger than a pack.
    private static func make(in folder: Folder) throws {
        for number in 1...12 {
            try folder.write(jpegStart + randomBytes(200_000 * number), to: "DSC_00\(10 + number).jpg")
            try folder.write(sidecar(rating: number % 6), to: "DSC_00\(10 + number).xmp")
        }
        try folder.makeFolder("raw").write(randomBytes(30 << 20), to: "DSC_0040.nef")
    }

    private static let jpegStart: [UInt8] = [0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10] + Array("JFIF".utf8)

    private static func sidecar(rating: Int) -> [UInt8] {
        Array(
            """
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="\(rating)"/></rdf:RDF></x:xmpmeta>
            """.utf8)
    }
}
