internal import Foundation

/// Servers that are run from one state folder by `scripts/servers.sh`.
public struct ServerFolder: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    public let path: String

    public init(path: String) { self.path = path }

    /// A folder below `.build` of this checkout.
    public init(named name: String) { path = Self.root.appending(path: ".build/\(name)").path() }

    /// Returns when each server answers and has its bucket. Starting a server that was stopped gives it its
    /// port and its data back.
    public func start(_ names: [String]) throws { try script("start", names) }

    public func stop(_ names: [String] = []) throws { try script("stop", names) }

    public func areRunning(_ names: [String]) -> Bool { (try? script("status", names)) != nil }

    /// A server that has been started.
    public func server(_ name: String) throws -> TestServer {
        let variables = try variables()
        let prefix = name.uppercased().replacing("-", with: "_")
        func value(_ suffix: String) throws -> String {
            guard let value = variables["\(prefix)_\(suffix)"] else {
                throw Failure(description: "\(path)/servers.env has no \(prefix)_\(suffix)")
            }
            return value
        }
        return TestServer(
            name: name, endpoint: try value("ENDPOINT"), region: try value("REGION"),
            bucket: try value("BUCKET"), accessKeyID: try value("ACCESS_KEY_ID"),
            secretAccessKey: try value("SECRET_ACCESS_KEY"), caFile: variables["\(prefix)_CA_FILE"])
    }

    private func variables() throws -> [String: String] {
        let text = try String(contentsOfFile: "\(path)/servers.env", encoding: .utf8)
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1).map { String($0) }
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private func script(_ verb: String, _ names: [String]) throws {
        let process = Process()
        process.executableURL = Self.root.appending(path: "scripts/servers.sh")
        process.arguments = [verb] + names
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["PHOTOBACKUP_SERVERS_DIR": path], uniquingKeysWith: { $1 })
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "scripts/servers.sh \(verb): \(said)")
        }
    }
}
