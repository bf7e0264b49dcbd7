import Crypto
import Foundation

func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = NSTemporaryDirectory() + "photobackup-" + randomBytes(8).hex
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

@Sendable func secondsSince1970() -> Int64 { Int64(Date().timeIntervalSince1970) }
