import Foundation
import ProgramTesting
import Testing

/// A user of a test's server besides its owner, who may do what a policy says.
struct BucketUser {
    let accessKeyID: String
    let secretAccessKey: String
    private let name: String
    private let replica: Replica

    init(of replica: Replica, policy: String) async throws {
        self.replica = replica
        let lines = try await Self.call("make", replica, policy).split(separator: "\n").map(String.init)
        (name, accessKeyID, secretAccessKey) = (lines[0], lines[1], lines[2])
    }

    func takeKeyAway() async throws { _ = try await Self.call("unmake", replica, name, accessKeyID) }

    private static func call(_ verb: String, _ replica: Replica, _ rest: String...) async throws -> String {
        let script = try #require(Bundle.module.url(forResource: "bucket_user", withExtension: "py"))
        let server = replica.server
        let run = try await RunningProgram(
            [script.path, verb, server.endpoint, server.region] + rest,
            environment: [
                "AWS_ACCESS_KEY_ID": server.accessKeyID, "AWS_SECRET_ACCESS_KEY": server.secretAccessKey,
            ], program: Python.path
        ).finish()
        try #require(run.exitCode == 0, "\(run)")
        return run.output
    }
}
