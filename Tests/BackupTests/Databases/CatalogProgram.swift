import Foundation
import Glibc
import ProgramTesting
import Testing

@testable import Backup

/// A program that writes to an SQLite catalog, with pauses, until it is let go.
final class CatalogProgram {
    private static let script = Bundle.module.path(forResource: "catalog", ofType: "py")!

    private let process = Process()
    private let input = Pipe()
    private let committedPath: String

    /// Returns when the catalog is there.
    init(writingTo catalog: String, mode: String, seed: UInt64, committed: String) throws {
        committedPath = committed
        process.executableURL = URL(fileURLWithPath: Python.path)
        process.arguments = [Self.script, "write", catalog, mode, "\(seed)", committed]
        process.standardInput = input
        try process.run()
        while committedCount == nil, process.isRunning { usleep(1000) }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// How many rows were committed some moment ago.
    var committedCount: Int? {
        (try? String(contentsOfFile: committedPath, encoding: .utf8)).flatMap { Int($0) }
    }

    var isRunning: Bool { process.isRunning }

    /// Leaves a database in the state that a program leaves it in which is ended in the middle, and returns how many rows it
    /// has committed.
    static func make(_ catalog: String, _ state: String) throws -> Int {
        try number(run(Python.path, script, "make", catalog, state))
    }

    /// How many rows there are in a sound catalog; throws for any other.
    static func count(in catalog: String) throws -> Int {
        try number(run(Python.path, script, "check", catalog))
    }

    private static func number(_ output: Data) throws -> Int {
        try #require(
            Int(String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}
