/// Finds the JPEG that is to be shown of a file: itself, or the largest of the previews that cameras put into raw files.
enum EmbeddedJPEG {
    /// The places where JPEGs may begin: a start of image, followed by another marker.
    static func starts(in file: [UInt8], limit: Int = 64) -> [Int] {
        if file.starts(with: [0xff, 0xd8, 0xff]) { return [0] }
        var starts: [Int] = []
        file.withUnsafeBufferPointer { file in
            var place = 0
            while place + 3 < file.count, starts.count < limit {
                // The marker after it is a segment with a length: an application's, tables, or a frame.
                if file[place] == 0xff, file[place + 1] == 0xd8, file[place + 2] == 0xff,
                    file[place + 3] >= 0xc0, file[place + 3] != 0xff
                {
                    starts.append(place)
                }
                place += 1
            }
        }
        return starts
    }
}
