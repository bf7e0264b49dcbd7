internal import ArgumentParser
internal import Pictures

/// Makes one preview, in a process that the program starts for it: a picture's bytes come on standard input, and the
/// preview goes to standard output.
struct PreviewCommand: ChildCommand {
    static let name = "preview"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Make the preview of a picture on standard input.", shouldDisplay: false)

    @OptionGroup var global: GlobalOptions

    func answer(to input: [UInt8]) -> [UInt8]? { Thumbnail(of: input).map { PreviewAnswer($0).bytes } }
}
