import Configuration
import Crypto
import Testing

@Suite struct SecretSourcesTests {
    private func sources(
        _ environment: [String: String] = [:], file: String? = nil, command: String? = nil
    ) -> SecretSources {
        SecretSources(
            environment: ProcessEnvironment(environment), passwordFile: file, passwordCommand: command,
            prompt: PasswordPrompt(device: "/no/terminal"))
    }

    private func text(_ secret: SecretBytes?) -> String? {
        secret?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func eachSourceGivesWayToTheOneBefore() async throws {
        let directory = try TemporaryDirectory()
        let option = try directory.write("option", "from option\n")
        var environment = [
            "PHOTOBACKUP_PASSWORD": "from variable",
            "PHOTOBACKUP_PASSWORD_FILE": try directory.write("file", "from file\n"),
            "PHOTOBACKUP_PASSWORD_COMMAND": "echo from command",
        ]
        let configured = "echo from configuration"
        #expect(
            text(try await sources(environment, file: option, command: configured).password())
                == "from option")
        #expect(text(try await sources(environment, command: configured).password()) == "from variable")
        environment["PHOTOBACKUP_PASSWORD"] = nil
        #expect(text(try await sources(environment, command: configured).password()) == "from file")
        environment["PHOTOBACKUP_PASSWORD_FILE"] = nil
        #expect(text(try await sources(environment, command: configured).password()) == "from command")
        #expect(text(try await sources(command: configured).passwordForNewVault()) == "from configuration")
        // The configuration's command is not something given to this run.
        #expect(text(try await sources(command: configured).givenPassword()) == nil)
    }

    @Test(arguments: [
        ("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a \n", " a "), ("a\nb", "a\nb"),
        ("a\r", "a\r"),
    ])
    func oneLineEndIsDropped(content: String, password: String) async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("password", content)
        #expect(text(try await sources(file: file).password()) == password)
    }

    @Test func moreIsAskedForByVariablesOfItsOwn() async throws {
        let environment = ["PHOTOBACKUP_NEW_PASSWORD": "new", "PHOTOBACKUP_RECOVERY_PHRASE": "w1 w2"]
        #expect(text(try await sources(environment).newPassword()) == "new")
        #expect(text(try await sources(environment).recoveryPhrase()) == "w1 w2")
    }

    @Test func anEmptySecretIsRefused() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("password", "\n")
        for source in [
            sources(["PHOTOBACKUP_PASSWORD": ""]), sources(file: file), sources(command: "true"),
        ] {
            let error = await #expect(throws: SecretError.self) { try await source.password() }
            #expect(error?.code == .empty)
        }
        let error = await #expect(throws: SecretError.self) {
            try await sources(["PHOTOBACKUP_NEW_PASSWORD": ""]).newPassword()
        }
        #expect(error?.code == .empty)
    }

    @Test func withoutATerminalThereIsAHint() async {
        let error = await #expect(throws: SecretError.self) { try await sources().password() }
        #expect(error?.code == .notGiven)
        #expect(error?.hint?.contains("PHOTOBACKUP_PASSWORD") == true)
        let other = await #expect(throws: SecretError.self) { try await sources().recoveryPhrase() }
        #expect(other?.hint == "set PHOTOBACKUP_RECOVERY_PHRASE")
    }

    @Test func aFileThatIsNotThereIsNamed() async {
        let error = await #expect(throws: SecretError.self) { try await sources(file: "/no/such").password() }
        #expect(error?.code == .unreadable)
        #expect(error?.reason.contains("/no/such") == true)
    }

    @Test(arguments: [0o644, 0o640, 0o604])
    func aPasswordFileThatOthersMayReadIsRefused(mode: Int) async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("password", "secret", mode: mode)
        let error = await #expect(throws: SecretError.self) { try await sources(file: file).password() }
        #expect(error?.code == .readableByOthers)
        #expect(error?.reason.contains(file) == true && error?.hint?.contains("chmod 600") == true)
        // systemd's credentials are guarded by their folder.
        let folder = String(file.dropLast("/password".count))
        let passed = sources(["CREDENTIALS_DIRECTORY": folder], file: file)
        #expect(text(try await passed.password()) == "secret")
    }
}
