import Foundation
import ProgramTesting
import Testing

/// A vault's snapshots in a folder of a test's machine.
struct MountedFolder: Sendable {
    let path: String
    /// What runs the mount.
    let program: RunningProgram

    /// The content of a file below the folder, or a part of it.
    ///
    /// - Throws: `POSIXError`.
    func read(_ name: String, at offset: Int = 0, byteCount: Int? = nil) async throws -> [UInt8] {
        try await blocking { () throws(POSIXError) in
            let descriptor = open("\(path)/\(name)", O_RDONLY)
            guard descriptor >= 0 else { throw POSIXError(errno) }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw POSIXError(errno) }
            var content = [UInt8](repeating: 0, count: byteCount ?? max(0, Int(status.st_size) - offset))
            var count = 0
            while count < content.count {
                let read = content.withUnsafeMutableBytes {
                    pread(descriptor, $0.baseAddress! + count, $0.count - count, offset + count)
                }
                guard read >= 0 else { throw POSIXError(errno) }
                if read == 0 { break }
                count += read
            }
            return Array(content[..<count])
        }
    }

    func record(_ name: String) async throws -> FolderRecord {
        try await blocking { () throws(any Error) in try FolderRecord("\(path)/\(name)") }
    }

    /// The names in a folder below, sorted.
    func names(_ name: String = ".") async throws -> [String] {
        try await blocking { () throws(any Error) in
            try EndToEndTests.names(in: Array("\(path)/\(name)".utf8))
                .map { String(decoding: $0, as: UTF8.self) }.sorted()
        }
    }
}

/// What a system call failed with.
struct POSIXError: Error, Equatable {
    let number: CInt

    init(_ number: CInt) { self.number = number }
}

extension Machine {
    /// Mounts the vault, runs `body`, and ends the mount by a signal, or where that is nil by what `body` did; it must
    /// end well.
    ///
    /// Nothing is mounted behind it, however `body` ends.
    @discardableResult
    func withMount(
        _ options: String..., ending signal: CInt? = SIGTERM, environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation, _ body: (MountedFolder) async throws -> Void
    ) async throws -> ProgramRun {
        let path = try scratch.folder("mount").text
        let program = try start(["mount", path] + options, environment: environment)
        // By force, where the program does not.
        defer { umount2(path, CInt(MNT_DETACH)) }
        guard await program.nextOutput().contains(path) else {
            let run = await finish(program)
            Issue.record("nothing was mounted: \(run)", sourceLocation: sourceLocation)
            return run
        }
        #expect(await blocking { isMounted(path) }, sourceLocation: sourceLocation)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(MountedFolder(path: path, program: program)))
            if let signal { program.send(signal) }
        } catch {
            result = .failure(error)
            program.send(SIGTERM)
        }
        let run = await finish(program)
        try result.get()
        #expect(run.exitCode == 0, "\(run)", sourceLocation: sourceLocation)
        #expect(!isMounted(path), sourceLocation: sourceLocation)
        return run
    }
}

/// Whether something is mounted in the folder, or was by a program that is gone.
func isMounted(_ path: String) -> Bool {
    var (folder, above) = (stat(), stat())
    guard stat(path, &folder) == 0 else { return errno == ENOTCONN }
    return stat(path + "/..", &above) == 0 && folder.st_dev != above.st_dev
}
