internal import ArgumentParser
internal import Foundation
internal import Glibc

/// Reads what cameras wrote, in a process that the program starts for it: the beginnings of pictures come on standard
/// input, each behind its length in four bytes, and a list in JSON goes to standard output.
struct ReadExifCommand: PhotobackupCommand {
    static let name = "read-exif"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Read what cameras wrote into pictures on standard input.",
        shouldDisplay: false)

    @OptionGroup var global: GlobalOptions

    private static let processorSeconds: rlim_t = 10
    private static let seconds: UInt32 = 30
    private static let memoryByteCount: rlim_t = 2 << 30

    func run(in context: CommandContext) async throws -> CommandOutcome {
        Self.limit(RLIMIT_CPU, Self.processorSeconds)
        Self.limit(RLIMIT_AS, Self.memoryByteCount)
        Self.limit(RLIMIT_FSIZE, 0)
        alarm(Self.seconds)
        guard let input = try FileHandle.standardInput.readToEnd() else { return CommandOutcome(.failed) }
        var rest = Array(input)[...]
        var answers: [ExifProcess.Answer] = []
        while rest.count >= 4 {
            let byteCount = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard byteCount <= rest.count else { return CommandOutcome(.failed) }
            let facts = ExifHeader(Array(rest.prefix(byteCount))).facts
            answers.append(ExifProcess.Answer(taken: facts.taken, camera: facts.camera))
            rest = rest.dropFirst(byteCount)
        }
        try FileHandle.standardOutput.write(contentsOf: JSONEncoder().encode(answers))
        return CommandOutcome()
    }

    private static func limit(_ resource: __rlimit_resource, _ value: rlim_t) {
        var limit = rlimit(rlim_cur: value, rlim_max: value)
        setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
}
