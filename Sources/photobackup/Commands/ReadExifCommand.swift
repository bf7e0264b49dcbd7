internal import ArgumentParser
internal import Pictures

/// Reads what cameras wrote, in a process that the program starts for it: an `ExifQuestion` comes on standard input, and an
/// `ExifAnswer` goes to standard output.
struct ReadExifCommand: ChildCommand {
    static let name = "read-exif"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Read what cameras wrote into pictures on standard input.",
        shouldDisplay: false)

    @OptionGroup var global: GlobalOptions

    func answer(to input: [UInt8]) throws -> [UInt8]? {
        try ExifQuestion(input).map { try ExifAnswer($0.pictures.map(CameraRecord.init)).bytes }
    }
}
