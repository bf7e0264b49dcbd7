import Configuration
import S3Signer
import Testing

@Suite struct CredentialResolverTests {
    private let json = #"{"Version": 1, "AccessKeyId": "CK", "SecretAccessKey": "CS", "SessionToken": "CT"}"#

    private func resolve(
        _ text: String, _ environment: [String: String] = [:], provider: Int = 0,
        warnings: Warnings = Warnings()
    ) async throws -> CredentialResolver.Resolved {
        let environment = environment.merging(["HOME": "/nowhere"]) { first, _ in first }
        let configuration = try parse(text, environment: environment)
        guard case .s3(let s3) = configuration.providers[provider].kind else { fatalError("no bucket") }
        return try await CredentialResolver(
            configuration, environment: ProcessEnvironment(environment), warn: warnings.handler
        ).everyday(configuration.providers[provider], s3)
    }

    private func credentials(_ prefix: String, token: Bool = true) -> S3Credentials {
        S3Credentials(
            accessKeyID: "\(prefix)K", secretAccessKey: "\(prefix)S", sessionToken: token ? "\(prefix)T" : nil
        )
    }

    @Test func eachSourceGivesWayToTheOneBefore() async throws {
        let directory = try TemporaryDirectory()
        var environment = [
            "PHOTOBACKUP_BACKBLAZE_ACCESS_KEY_ID": "EK", "PHOTOBACKUP_BACKBLAZE_SECRET_ACCESS_KEY": "ES",
            "PHOTOBACKUP_BACKBLAZE_SESSION_TOKEN": "ET",
            "AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "AS", "AWS_SESSION_TOKEN": "AT",
            "AWS_SHARED_CREDENTIALS_FILE": try directory.write(
                "credentials",
                "[p]\naws_access_key_id = PK\naws_secret_access_key = PS\naws_session_token = PT\n"),
        ]
        var text = bucket
        #expect(try await resolve(text, environment).credentials == credentials("E"))
        for name in ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"] {
            environment["PHOTOBACKUP_BACKBLAZE_\(name)"] = nil
        }
        #expect(try await resolve(text, environment).credentials == credentials("A"))
        text += "credentials_command = '''echo '\(json)' '''\n"
        #expect(try await resolve(text, environment).credentials == credentials("C"))
        text += "profile = \"p\"\n"
        #expect(try await resolve(text, environment).credentials == credentials("P"))
        environment["PHOTOBACKUP_BACKBLAZE_ACCESS_KEY_ID"] = "EK"
        environment["PHOTOBACKUP_BACKBLAZE_SECRET_ACCESS_KEY"] = "ES"
        #expect(try await resolve(text, environment).credentials == credentials("E", token: false))
        text += "access_key_id = \"FK\"\nsecret_access_key = \"FS\"\n"
        #expect(try await resolve(text, environment).credentials == credentials("F", token: false))
    }

    @Test func sharedVariablesServeOnlyASingleProvider() async throws {
        let second = bucket.replacing("backblaze", with: "was-abi").replacing("photos", with: "more")
        let shared = ["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "AS"]
        let error = await #expect(throws: ConfigurationError.self) {
            try await resolve(bucket + second, shared)
        }
        #expect(error?.code == .noCredentials)
        #expect(error?.hint?.contains("PHOTOBACKUP_BACKBLAZE_ACCESS_KEY_ID") == true)
        var environment = shared
        environment["PHOTOBACKUP_WAS_ABI_ACCESS_KEY_ID"] = "WK"
        environment["PHOTOBACKUP_WAS_ABI_SECRET_ACCESS_KEY"] = "WS"
        #expect(try await resolve(bucket + second, environment).credentials == credentials("A", token: false))
        #expect(
            try await resolve(bucket + second, environment, provider: 1).credentials
                == credentials("W", token: false))
    }

    @Test func halfAPairIsAnError() async {
        let error = await #expect(throws: ConfigurationError.self) {
            try await resolve(bucket, ["PHOTOBACKUP_BACKBLAZE_ACCESS_KEY_ID": "EK"])
        }
        #expect(error?.reason == "PHOTOBACKUP_BACKBLAZE_SECRET_ACCESS_KEY is not set")
    }

    @Test func profilesAreFoundInBothFiles() async throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write(
            ".aws/credentials",
            """
            # comment
            [other]
            aws_access_key_id = XK
            aws_secret_access_key = XS
            [p]
            region = eu
            """)
        _ = try directory.write(
            ".aws/config",
            """
            [profile p]
            aws_access_key_id=PK
            s3 =
              aws_access_key_id = nested
            AWS_SECRET_ACCESS_KEY=PS
            [default]
            aws_access_key_id = DK
            aws_secret_access_key = DS
            """)
        let environment = ["HOME": directory.path]
        let resolved = try await resolve(bucket + "profile = \"p\"", environment)
        #expect(resolved.credentials == credentials("P", token: false))
        #expect(resolved.source == "profile 'p' in ~/.aws/config")
        #expect(
            try await resolve(bucket + "profile = \"default\"", environment).credentials
                == credentials("D", token: false))
        let error = await #expect(throws: ConfigurationError.self) {
            try await resolve(bucket + "profile = \"q\"", environment)
        }
        #expect(error?.code == .noCredentials)
        #expect(error?.reason.contains("[q]") == true)
    }

    @Test func pruneHasAProfileOfItsOwn() async throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write(
            ".aws/credentials", "[admin]\naws_access_key_id = PK\naws_secret_access_key = PS\n")
        for (text, expected) in [
            (bucket + "prune_profile = \"admin\"", credentials("P", token: false)), (bucket, nil),
        ] {
            let configuration = try parse(text)
            guard case .s3(let s3) = configuration.providers[0].kind else { fatalError("no bucket") }
            let resolver = CredentialResolver(
                configuration, environment: ProcessEnvironment(["HOME": directory.path]), warn: { _ in })
            #expect(try await resolver.prune(configuration.providers[0], s3)?.credentials == expected)
        }
    }

    @Test func linksAreSignedWithTheKeysThatShareProfileNames() async throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write(
            ".aws/credentials", "[links]\naws_access_key_id = LK\naws_secret_access_key = LS\n")
        let configuration = try parse(bucket + "share_profile = \"links\"")
        guard case .s3(let s3) = configuration.providers[0].kind else { fatalError("no bucket") }
        let resolver = CredentialResolver(
            configuration, environment: ProcessEnvironment(["HOME": directory.path]), warn: { _ in })
        let resolved = try await resolver.share(configuration.providers[0], s3)
        #expect(resolved?.credentials == credentials("L", token: false))
        #expect(try await resolver.prune(configuration.providers[0], s3) == nil)
    }

    @Test func aCredentialsFileThatOthersMayReadIsAWarning() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "credentials", "[p]\naws_access_key_id=A\naws_secret_access_key=S\n", mode: 0o640)
        let warnings = Warnings()
        _ = try await resolve(
            bucket + "profile = \"p\"", ["AWS_SHARED_CREDENTIALS_FILE": file], warnings: warnings)
        #expect(warnings.list.map(\.what) == [file])
    }

    @Test(arguments: [
        "exit 3", "echo secret-token-123",
        #"echo '{"Version": 2, "AccessKeyId": "a", "SecretAccessKey": "b"}'"#,
        #"echo '{"Version": 1, "AccessKeyId": "", "SecretAccessKey": "secret-token-123"}'"#,
    ])
    func aCommandThatGivesNoneIsAnErrorWithoutItsOutput(command: String) async {
        let error = await #expect(throws: ConfigurationError.self) {
            try await resolve(bucket + "credentials_command = '''\(command) '''")
        }
        #expect(error?.code == .commandFailed)
        #expect(error?.hint != nil)
        #expect(error?.description.contains("secret-token-123") == false)
    }
}
