import Foundation
import ObjectStore
import S3
import S3Signer
import Synchronization
import Testing

/// A real S3 server on loopback, as `scripts/servers.sh` runs it.
struct TestServer: Sendable, CustomTestStringConvertible {
    let name: String
    let endpoint: String
    let region: String
    let bucket: String
    let accessKeyID: String
    let secretAccessKey: String
    let caFile: String?

    var testDescription: String { name }

    func configuration(
        endpoint: String? = nil, region: String? = nil, bucket: String? = nil, prefix: String = "",
        addressing: S3Addressing = .path, accessKeyID: String? = nil, secretAccessKey: String? = nil,
        caFile: String? = nil
    ) throws -> S3Configuration {
        let credentials = S3Credentials(
            accessKeyID: accessKeyID ?? self.accessKeyID,
            secretAccessKey: secretAccessKey ?? self.secretAccessKey)
        return try S3Configuration(
            name: name, endpoint: endpoint ?? self.endpoint, region: region ?? self.region,
            bucket: bucket ?? self.bucket, prefix: prefix, addressing: addressing,
            caFile: caFile ?? self.caFile,
            credentials: { credentials })
    }

    func store() throws -> S3Store { try S3Store(configuration()) }
}

/// The servers of this test run: those that run already, or else ones of its own that end with it.
enum Servers {
    static let names = ["seaweedfs", "rclone", "moto", "rclone-tls"]

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func named(_ name: String) throws -> TestServer {
        let variables = try running.get()
        let prefix = name.uppercased().replacing("-", with: "_")
        func value(_ suffix: String) throws -> String {
            guard let value = variables["\(prefix)_\(suffix)"] else {
                throw Failure(description: "servers.env has no \(prefix)_\(suffix)")
            }
            return value
        }
        return TestServer(
            name: name, endpoint: try value("ENDPOINT"), region: try value("REGION"),
            bucket: try value("BUCKET"),
            accessKeyID: try value("ACCESS_KEY_ID"), secretAccessKey: try value("SECRET_ACCESS_KEY"),
            caFile: variables["\(prefix)_CA_FILE"])
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// What `servers.env` says, once every server runs.
    private static let running: Result<[String: String], any Error> = Result {
        let environment = ProcessInfo.processInfo.environment
        let shared = environment["PHOTOBACKUP_SERVERS_DIR"] ?? root.appending(path: ".build/servers").path()
        if (try? script("status", state: shared)) != nil { return try variables(in: shared) }
        let own = root.appending(path: ".build/test-servers-\(ProcessInfo.processInfo.processIdentifier)")
            .path()
        stateToRemove.withLock { $0 = own }
        atexit { Servers.stopOwn() }
        try script("start", state: own)
        return try variables(in: own)
    }

    private static let stateToRemove = Mutex<String?>(nil)

    private static func stopOwn() {
        guard let state = stateToRemove.withLock({ $0 }) else { return }
        _ = try? script("stop", state: state)
        try? FileManager.default.removeItem(atPath: state)
    }

    private static func script(_ verb: String, state: String) throws {
        let process = Process()
        process.executableURL = root.appending(path: "scripts/servers.sh")
        process.arguments = [verb] + names
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["PHOTOBACKUP_SERVERS_DIR": state], uniquingKeysWith: { $1 })
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

    private static func variables(in state: String) throws -> [String: String] {
        let text = try String(contentsOfFile: state + "/servers.env", encoding: .utf8)
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1).map { String($0) }
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}
