internal import ArgumentParser
internal import Glibc
internal import Pictures
internal import Terminal

/// Makes one preview, in a process that the program starts for it: a picture's bytes come on standard input, and the
/// preview goes to standard output.
///
/// A picture that was made to attack whoever decodes it finds no key here, no network that is open, no file, and soon no
/// memory and no time.
struct PreviewCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Make the preview of a picture on standard input.",
        shouldDisplay: false)

    @OptionGroup var global: GlobalOptions

    private static let processorSeconds: rlim_t = 20
    private static let memoryByteCount: rlim_t = 2 << 30

    func run(in context: CommandContext) async throws -> CommandOutcome {
        Self.limit(RLIMIT_CPU, Self.processorSeconds)
        Self.limit(RLIMIT_AS, Self.memoryByteCount)
        Self.limit(RLIMIT_FSIZE, 0)
        guard let picture = PreviewProcess.readToEnd(of: STDIN_FILENO),
            let thumbnail = Thumbnail(of: picture)
        else { return CommandOutcome(.failed) }
        let answer = PreviewAnswer(thumbnail).bytes
        return CommandOutcome(PreviewProcess.write(answer, to: STDOUT_FILENO) ? .done : .failed)
    }

    private static func limit(_ resource: __rlimit_resource, _ value: rlim_t) {
        var limit = rlimit(rlim_cur: value, rlim_max: value)
        setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
}

/// What the process answers: width and height of the original, the length of its caption, each as a number of 32 bits,
/// big-endian; the caption in UTF-8, and the preview.
struct PreviewAnswer {
    let width: Int
    let height: Int
    let caption: String
    let jpeg: [UInt8]

    private static let headByteCount = 12

    init(_ thumbnail: Thumbnail) {
        (width, height, jpeg) = (thumbnail.width, thumbnail.height, thumbnail.jpeg)
        caption = thumbnail.caption?.text ?? ""
    }

    /// nil for what the process does not answer: it is not to be believed.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > Self.headByteCount else { return nil }
        func number(_ index: Int) -> Int {
            bytes[(4 * index)..<(4 * index + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        (width, height) = (number(0), number(1))
        let rest = bytes.dropFirst(Self.headByteCount)
        guard width > 0, height > 0, number(2) < rest.count,
            let caption = String(validating: rest.prefix(number(2)), as: UTF8.self)
        else { return nil }
        self.caption = caption
        jpeg = Array(rest.dropFirst(number(2)))
        guard jpeg.starts(with: [0xff, 0xd8]) else { return nil }
    }

    var bytes: [UInt8] {
        let caption = Array(caption.utf8)
        return [width, height, caption.count].flatMap { number in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        } + caption + jpeg
    }
}
