import Configuration
import Foundation
import S3Signer
import Testing

/// The files of the AWS command line, as botocore reads them.
@Suite struct AWSFilesTests {
    private let keys = "aws_access_key_id = AK\naws_secret_access_key = AS\n"
    private let expected = S3Credentials(accessKeyID: "AK", secretAccessKey: "AS")

    private func resolve(credentials: String, config: String) async throws -> CredentialResolver.Resolved {
        let directory = try TemporaryDirectory()
        _ = try directory.write(".aws/credentials", credentials)
        _ = try directory.write(".aws/config", config)
        let environment = ProcessEnvironment(["HOME": directory.path, "PATH": "/usr/bin:/bin"])
        let configuration = try parse(bucket + "profile = \"x\"")
        guard case .s3(let s3) = configuration.providers[0].kind else { fatalError("no bucket") }
        return try await CredentialResolver(configuration, environment: environment, warn: { _ in })
            .everyday(configuration.providers[0], s3)
    }

    @Test(arguments: [
        ("[x]\n", ""), (" [x]\n", ""), ("[profile x]\n", ""), ("", "[profile x]\n"),
        ("", "[profile \"x\"]\n"),
        ("", "[profile   x]\n"), ("# [x]\n[x]\n; said\n\n", ""),
    ])
    func aSectionIsFound(_ credentials: String, _ config: String) async throws {
        let found = try await resolve(
            credentials: credentials.isEmpty ? "" : credentials + keys,
            config: config.isEmpty ? "" : config + keys)
        #expect(found.credentials == expected)
    }

    @Test(arguments: [
        "    aws_access_key_id = AK\n    aws_secret_access_key = AS\n",
        "aws_access_key_id: AK\naws_secret_access_key:AS",
        "AWS_Access_Key_ID=AK \naws_secret_access_key =\tAS\n",
        "s3 =\n  aws_access_key_id = nested\naws_access_key_id = AK\naws_secret_access_key = AS\n",
        "aws_access_key_id = AK\r\naws_secret_access_key = AS\r\n",
    ])
    func keysAreFoundHoweverTheyAreWritten(_ lines: String) async throws {
        #expect(try await resolve(credentials: "[x]\n" + lines, config: "").credentials == expected)
    }

    @Test(arguments: ["aws_session_token", "aws_security_token"])
    func aTokenHasTwoNames(_ name: String) async throws {
        let found = try await resolve(credentials: "[x]\n\(keys)\(name) = T\n", config: "")
        #expect(
            found.credentials == S3Credentials(accessKeyID: "AK", secretAccessKey: "AS", sessionToken: "T"))
        #expect(found.credentials.isRenewable)
    }

    @Test func anotherProfilesKeysAreTakenWhereItIsNamed() async throws {
        let found = try await resolve(
            credentials: "[y]\n\(keys)", config: "[profile x]\nsource_profile = y\n")
        #expect(found.credentials == expected)
        await #expect(throws: ConfigurationError.self) {
            try await resolve(credentials: "[x]\nsource_profile = y\n[y]\nsource_profile = x\n", config: "")
        }
    }

    @Test func aProcessIsAskedAndItsWordsAreNotTheShells() async throws {
        let script =
            #"printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"S","SessionToken":"T","Expiration":"2030-01-01T01:00:00.5+01:00"}' "$1""#
        let directory = try TemporaryDirectory()
        let file = try directory.write("keys of mine", "#!/bin/sh\n\(script)\n", mode: 0o700)
        let found = try await resolve(
            credentials: "", config: "[profile x]\ncredential_process = \"\(file)\" '$HOME'\n")
        #expect(found.credentials.accessKeyID == "$HOME")
        #expect(found.credentials.expiration == 1_893_456_000)
        #expect(found.credentials.isRenewable)
        #expect(found.source == "credential_process of profile 'x'")
        // The credentials file comes first, as with botocore.
        let first = try await resolve(
            credentials: "[x]\n\(keys)", config: "[profile x]\ncredential_process = /bin/false\n")
        #expect(first.credentials == expected)
    }

    @Test(arguments: [
        ("role_arn = arn:aws:iam::1:role/r\nsource_profile = y", "takes a role"),
        ("sso_session = s", "by SSO"),
        ("sso_start_url = https://x", "by SSO"), ("login_session = s", "aws login"),
        ("credential_source = Ec2InstanceMetadata\nrole_arn = r", "takes a role"),
    ])
    func whatIsNotReadIsSaidWithWhatToDo(_ lines: String, _ words: String) async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            try await resolve(credentials: "[y]\n\(keys)", config: "[profile x]\n\(lines)\n")
        }
        #expect(error?.code == .noCredentials)
        #expect(error?.reason.contains(words) == true)
        #expect(
            error?.hint?.contains("credentials_command = \"aws configure export-credentials --profile x\"")
                == true)
    }

    private struct Files: Decodable {
        struct Keys: Decodable {
            let accessKeyID: String
            let secretAccessKey: String
            let sessionToken: String?
        }

        let credentials: String
        let config: String
        let keys: Keys?
    }

    @Test func whateverBotocoreReadsIsReadAlike() async throws {
        let seed = Int.random(in: 0..<1_000_000)
        let answers = try await blocking { Result { try Self.askBotocore(seed: seed, count: 1500) } }.get()
        let known = answers.filter { $0.keys != nil }
        #expect(known.count > 200)
        for files in known {
            let found = try? await resolve(credentials: files.credentials, config: files.config)
            let expected = S3Credentials(
                accessKeyID: files.keys!.accessKeyID, secretAccessKey: files.keys!.secretAccessKey,
                sessionToken: files.keys!.sessionToken)
            #expect(
                found?.credentials == expected,
                "seed \(seed): \(files) and found \(found.map { "\($0.credentials)" } ?? "nothing")")
        }
    }

    private static func askBotocore(seed: Int, count: Int) throws -> [Files] {
        let process = Process()
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let repository = folder.deletingLastPathComponent().deletingLastPathComponent()
        let chosen = ProcessInfo.processInfo.environment["PHOTOBACKUP_TEST_PYTHON"]
        process.executableURL =
            chosen.map { URL(filePath: $0) } ?? repository.appending(path: ".venv/bin/python")
        process.arguments = [repository.appending(path: "scripts/aws_files.py").path, "\(seed)", "\(count)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let lines = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "scripts/setup.sh installs botocore")
        return try lines.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Files.self, from: $0)
        }
    }
}
