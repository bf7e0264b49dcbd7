import Foundation
import ProgramTesting

/// botocore, an independent signer, asked about many requests at once.
struct BotocoreOracle {
    struct Question: Encodable {
        var kind: String
        var rules: String
        var method: String
        var scheme: String
        var host: String
        var path: String
        var query: [[String]]
        var headers: [[String]]
        var body: String?
        var accessKeyID: String
        var secretAccessKey: String
        var sessionToken: String?
        var region: String
        var service: String
        var timestamp: String
        var expires: Int

        // By hand, because an absent value is not the same as null.
        func line() throws -> Data {
            let encoder = JSONEncoder()
            let data = try encoder.encode(self)
            var object = try JSONSerialization.jsonObject(with: data) as! [String: Any]
            if body == nil { object["body"] = NSNull() }
            if sessionToken == nil { object["sessionToken"] = NSNull() }
            return try JSONSerialization.data(withJSONObject: object) + Data("\n".utf8)
        }
    }

    struct Answer: Decodable {
        var canonicalRequest: String
        var stringToSign: String
        var result: String
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    static func ask(_ questions: [Question]) throws -> [Answer] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "botocore-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, not pipes: neither side waits for the other.
        let (input, output, errors) = (
            folder.appending(path: "in"), folder.appending(path: "out"), folder.appending(path: "errors")
        )
        try questions.reduce(into: Data()) { try $0 += $1.line() }.write(to: input)
        try Data().write(to: output)
        try Data().write(to: errors)

        let process = Process()
        process.executableURL = URL(filePath: Python.path)
        process.arguments = [Bundle.module.resourceURL!.appending(path: "botocore_oracle.py").path]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(
                description: """
                    \(try String(contentsOf: errors, encoding: .utf8))
                    hint: run scripts/setup.sh, or set PHOTOBACKUP_TEST_PYTHON to a Python that has botocore
                    """)
        }
        return try Data(contentsOf: output).split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Answer.self, from: $0)
        }
    }
}
