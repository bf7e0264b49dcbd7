internal import Foundation
internal import Pictures

/// What the process that reads EXIF is given: the beginnings of pictures, each behind its length in four bytes, big-endian.
struct ExifQuestion {
    private static let lengthByteCount = 4

    let pictures: [[UInt8]]

    init(_ pictures: [[UInt8]]) { self.pictures = pictures }

    /// nil for what is none.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        var pictures: [[UInt8]] = []
        while !rest.isEmpty {
            let byteCount = rest.prefix(Self.lengthByteCount).reduce(0) { $0 << 8 | Int($1) }
            let picture = rest.dropFirst(Self.lengthByteCount).prefix(byteCount)
            guard rest.count >= Self.lengthByteCount, picture.count == byteCount else { return nil }
            pictures.append(Array(picture))
            rest = rest.suffix(from: picture.endIndex)
        }
        self.pictures = pictures
    }

    var bytes: [UInt8] {
        pictures.reduce(into: []) { bytes, picture in
            withUnsafeBytes(of: UInt32(picture.count).bigEndian) { bytes += $0 }
            bytes += picture
        }
    }
}

/// What it answers: a list in JSON, with what the camera wrote into each picture, in order.
struct ExifAnswer: Codable {
    struct Facts: Codable {
        let taken: Int64?
        let camera: String?
    }

    let pictures: [Facts]

    init(_ records: [CameraRecord]) {
        pictures = records.map { Facts(taken: $0.taken, camera: $0.camera) }
    }

    /// nil for what is none.
    init?(_ bytes: [UInt8]) {
        guard let answer = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
        self = answer
    }

    var bytes: [UInt8] { get throws { Array(try JSONEncoder().encode(self)) } }
}
