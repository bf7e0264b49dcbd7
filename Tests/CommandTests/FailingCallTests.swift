import Foundation
import Glibc
import ProgramTesting
import Testing

/// One system call of the scanner or reader fails, and what becomes of the files.
@Suite struct FailingCallTests {
    /// What a backup makes of a failure.
    enum Effect: Sendable {
        /// Nothing is missing.
        case none
        /// All content is there, and it is said what is not.
        case incomplete
        /// The file or folder is named and is not in the snapshot; all else is.
        case unreadable
        /// Nothing is wrong with the file: the run ends with 1 and says what it lacked.
        case scarcity
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        let call: String
        let number: Int32
        /// How many calls fail.
        var times = 1_000_000
        let path: String
        let effect: Effect

        init(_ call: String, _ number: Int32, times: Int = 1_000_000, on path: String, _ effect: Effect) {
            (self.call, self.number, self.times, self.path, self.effect) = (call, number, times, path, effect)
        }

        var testDescription: String {
            "\(call) \(path): \(String(cString: strerror(number))), \(times) times"
        }
    }

    static let failures: [Failure] =
        [EIO, EACCES, EPERM, ESTALE, E2BIG, ERANGE].map {
            Failure("flistxattr", $0, on: "a.jpg", .incomplete)
        } + [
            Failure("flistxattr", EIO, on: "pictures/sub", .incomplete),
            Failure("flistxattr", ENOTSUP, on: "pictures", .none),
            Failure("fgetxattr", EIO, on: "a.jpg", .incomplete),
            Failure("fgetxattr", EACCES, on: "a.jpg", .incomplete),
            Failure("fgetxattr", ENODATA, on: "a.jpg", .none),
            Failure("pread", EIO, on: "a.jpg", .unreadable),
            Failure("openat", EACCES, on: "a.jpg", .unreadable),
            Failure("openat", ESTALE, on: "a.jpg", .unreadable),
            Failure("openat", EAGAIN, times: 3, on: "a.jpg", .none),
            Failure("openat", EMFILE, times: 3, on: "a.jpg", .none),
            Failure("openat", ENFILE, times: 3, on: "sub", .none),
            Failure("openat", ENOMEM, times: 3, on: "a.jpg", .none),
            Failure("openat", EMFILE, on: "a.jpg", .scarcity),
            Failure("openat", EMFILE, on: "sub", .scarcity),
            Failure("getdents64", EIO, on: "pictures/sub", .unreadable),
            Failure("readlinkat", EIO, on: "link", .unreadable),
            Failure("readlinkat", ENOENT, on: "link", .none),
        ]

    @Test(arguments: failures)
    func whatCannotBeReadCostsNothingElse(failure: Failure) async throws {
        let vault = try await DirectoryVault()
        try vault.write("a photo", to: "a.jpg")
        try vault.write("another", to: "sub/b.jpg")
        try FileManager.default.createSymbolicLink(
            atPath: vault.source + "/link", withDestinationPath: "a.jpg")
        _ = try await python("os.setxattr(sys.argv[1], 'user.label', b'red')", vault.source + "/a.jpg")
        let run = try await vault.run("backup", "--json", environment: try Self.failing(failure))
        let listed = try await vault.listed()
        let areThere = ["a.jpg", "sub/b.jpg"].filter { listed.contains("pictures/\($0)") }
        switch failure.effect {
        case .none:
            #expect(run.exitCode == 0, "\(run)")
            #expect(areThere.count == 2)
        case .incomplete:
            #expect(run.exitCode == 3, "\(run)")
            #expect(areThere.count == 2 && listed.contains("pictures/link"))
            // What lies below a folder has its path in it, and fails too.
            let expected = failure.path.hasSuffix("sub") ? 2 : 1
            #expect(run.summary["files_incomplete"] as? Int == expected, "\(run)")
            #expect(run.summary["files_unreadable"] as? Int == 0, "\(run)")
            #expect(run.output.contains("extended attribute"), "\(run)")
        case .unreadable:
            #expect(run.exitCode == 3, "\(run)")
            #expect(run.summary["files_unreadable"] as? Int == 1, "\(run)")
            #expect(areThere.count == (failure.path == "link" ? 2 : 1))
        case .scarcity:
            #expect(run.exitCode == 1 && areThere.isEmpty, "\(run)")
            #expect(run.output.contains("too many open files") && run.output.contains("ulimit"), "\(run)")
        }
    }

    /// What an earlier run could read is not given up, it is asked for again each time, and nothing is read for it.
    @Test func attributesThatCannotBeReadAnyMoreStayAsTheyWere() async throws {
        let vault = try await DirectoryVault()
        try vault.write("a photo", to: "a.jpg")
        let path = vault.source + "/a.jpg"
        _ = try await python("os.setxattr(sys.argv[1], 'user.label', b'red')", path)
        #expect(try await vault.run("backup").exitCode == 0)
        _ = try await python("os.utime(sys.argv[1], (1, 1))", path)
        let failing = try Self.failing(Failure("flistxattr", EIO, on: "a.jpg", .incomplete))
        let first = try await vault.run("backup", environment: failing)
        #expect(first.exitCode == 3 && first.error.contains("pictures/a.jpg: stored, but "), "\(first)")
        let second = try await vault.run("backup", "--json", environment: failing)
        #expect(second.exitCode == 3 && second.summary["bytes_read"] as? Int == 0, "\(second)")
        #expect(second.summary["files_unmodified"] as? Int == 1, "\(second)")
        let restored = try await vault.restored() + "/a.jpg"
        #expect(try await python("print(os.getxattr(sys.argv[1], 'user.label'))", restored) == "b'red'\n")
        #expect(try await vault.run("backup").exitCode == 0)
        #expect(try await vault.run("backup").exitCode == 0)
    }

    private func python(_ code: String, _ argument: String) async throws -> String {
        let run = try await RunningProgram(
            ["-c", "import os, sys; " + code, argument], program: Python.path
        ).finish()
        #expect(run.exitCode == 0, "\(run)")
        return run.output
    }

    private static func failing(_ failure: Failure) throws -> [String: String] {
        [
            "LD_PRELOAD": try library.get(),
            "FAILING": "\(failure.call):\(failure.number):\(failure.times):\(failure.path)",
        ]
    }

    /// Compiled once; the toolchain has a compiler.
    private static let library = Result {
        let source = Bundle.module.path(forResource: "failing_calls", ofType: "c")!
        let library = FileManager.default.temporaryDirectory.path + "/failing-calls-\(getpid()).so"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["clang", "-shared", "-fPIC", "-o", library, source, "-ldl"]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CompilerError(status: process.terminationStatus) }
        return library
    }

    struct CompilerError: Error {
        let status: Int32
    }
}
