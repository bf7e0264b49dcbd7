import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// What the built program takes of the machine, where that can be said without a clock.
    @Suite struct CostTests {
        /// A file is never in memory whole: neither its content nor all of its sealed chunks.
        @Test func aFilmOfAGibibyteTakesLittleMemory() async throws {
            let scratch = try Scratch()
            let machine = try Machine(
                [],
                configuration: """
                    [[provider]]
                    name = "disk"
                    path = "\(scratch.folder("disk").text)"
                    """)
            _ = try await machine.initialise()
            let film = try scratch.folder("films")
            // Every chunk has a number of its own, so that none is found to be known.
            try film.writeHole("film.dat", byteCount: 1 << 30)
            for chunk in 0..<256 { try film.write(number: chunk, to: "film.dat", at: chunk << 22) }

            let program = try machine.start(
                ["archive", film.text, "--as", "Films", "--json"], launcher: tellingPeak)
            let run = await machine.finish(program)
            #expect(run.exitCode == 0, "\(run)")
            #expect(run.summary["bytes_read"] as? Int == 1 << 30)
            let peak = try #require(Int(run.error.split(separator: "\n").last ?? ""))
            #expect(peak < 128 << 10, "\(peak) KiB")
        }
    }
}

/// Runs a program and prints its peak memory in KiB, as the last line on standard error.
private let tellingPeak = [
    "/usr/bin/python3", "-c",
    """
    import resource, subprocess, sys
    code = subprocess.call(sys.argv[1:])
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
    sys.exit(code)
    """,
]

extension Folder {
    /// Writes a number of 8 bytes at a place in a file that is there.
    fileprivate func write(number: Int, to name: String, at offset: Int) throws {
        let descriptor = try check("open", open(cString(bytes(Array(name.utf8))), O_WRONLY))
        defer { close(descriptor) }
        var number = number
        _ = try check("pwrite", pwrite(descriptor, &number, MemoryLayout<Int>.size, offset))
    }
}
