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

/// What the process answers: width and height of the original as 32-bit numbers, big-endian, and the preview.
struct PreviewAnswer {
    let width: Int
    let height: Int
    let jpeg: [UInt8]

    init(_ thumbnail: Thumbnail) {
        (width, height, jpeg) = (thumbnail.width, thumbnail.height, thumbnail.jpeg)
    }

    /// nil for what the process does not answer: it is not to be believed.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 10, bytes[8] == 0xff, bytes[9] == 0xd8 else { return nil }
        func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 << 8 | Int($1) } }
        (width, height, jpeg) = (number(0..<4), number(4..<8), Array(bytes[8...]))
        guard width > 0, height > 0 else { return nil }
    }

    var bytes: [UInt8] {
        [width, height].flatMap { number in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        } + jpeg
    }
}
