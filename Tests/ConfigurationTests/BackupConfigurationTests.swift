import Configuration
import Testing

@Suite struct BackupConfigurationTests {
    @Test func everyKeyOfTheDesignIsRead() throws {
        let configuration = try parse(
            """
            quorum = 2
            password_command = "pass show photobackup"
            state = "~/state"
            host = "studio"

            [[provider]]
            name = "backblaze"
            endpoint = "https://s3.example.com:9000/"
            region = "eu-central-003"
            bucket = "my-photos"
            prefix = "a/b/"
            addressing = "virtual"
            profile = "p"
            access_key_id = "AK"
            secret_access_key = "SK"
            credentials_command = "keys"
            prune_profile = "admin"
            share_profile = "links"
            ca_file = "~/ca.pem"
            connections = 12
            lock_days = 30
            storage_class = "GLACIER"

            [[provider]]
            name = "shelf"
            path = "/media/disk/"
            expected_every = "30d"

            [[collection]]
            name = "Weddings"
            sources = ["~/a", { path = "~/b/a", label = "a-2" }]
            exclude = ["*.tmp", "Cache/"]
            """)
        #expect(configuration.quorum == 2)
        #expect(configuration.passwordCommand == "pass show photobackup")
        #expect(configuration.stateDirectory == "/home/ada/state")
        #expect(configuration.host == "studio")
        #expect(configuration.providers.map(\.name) == ["backblaze", "shelf"])

        guard case .s3(let s3) = configuration.providers[0].kind else {
            Issue.record("no bucket")
            return
        }
        #expect(s3.endpoint == "https://s3.example.com:9000")
        #expect(s3.region == "eu-central-003")
        #expect(s3.bucket == "my-photos")
        #expect(s3.prefix == "a/b")
        #expect(s3.addressing == .virtual)
        #expect(s3.credentials.keys?.secretAccessKey == "SK")
        #expect(s3.credentials.profile == "p")
        #expect(s3.credentials.command == "keys")
        #expect(s3.pruneProfile == "admin")
        #expect(s3.shareProfile == "links")
        #expect(s3.certificateAuthorityFile == "/home/ada/ca.pem")
        #expect(s3.connections == 12)
        #expect(s3.lockDays == 30)
        #expect(s3.storageClass == "GLACIER")
        guard case .directory(let directory) = configuration.providers[1].kind else {
            Issue.record("no directory")
            return
        }
        #expect(directory.path == "/media/disk")
        #expect(directory.expectedEvery == .seconds(30 * 86_400))

        let weddings = try #require(configuration.collections.first)
        #expect(weddings.sources.map(\.path) == ["/home/ada/a", "/home/ada/b/a"])
        #expect(weddings.sources.map(\.label) == ["a", "a-2"])
        #expect(weddings.exclude == ["*.tmp", "Cache/"])
    }

    /// The parser would end a text there without a word.
    @Test(arguments: [#"\u0000"#, #"\U00000000"#, "\0"])
    func aZeroByteIsRefused(zero: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try parse("quorum = 1\nhost = \"studio\(zero)2\"\n" + shelf)
        }
        #expect(error.code == .syntax && error.line == 2)
    }

    @Test(arguments: [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
    func quorumIsTheMajorityByDefault(providers: Int, quorum: Int) throws {
        let text = (0..<providers).map { "[[provider]]\nname = \"p\($0)\"\npath = \"/p\($0)\"\n" }.joined()
        #expect(try parse(text).quorum == quorum)
    }

    @Test func whatIsOptionalHasDefaults() throws {
        let configuration = try parse(bucket)
        guard case .s3(let s3) = configuration.providers[0].kind else {
            Issue.record("no bucket")
            return
        }
        #expect(s3.prefix == "" && s3.addressing == .path && s3.connections == nil && s3.credentials.isEmpty)
        #expect(configuration.stateDirectory == "/home/ada/.local/state/photobackup")
        #expect(try parse(bucket + "prefix = \"\"").providers == configuration.providers)
    }

    @Test func noProviderIsAnErrorOnlyWhereOneIsNeeded() throws {
        let configuration = try parse("quorum = 1")
        let error = #expect(throws: ConfigurationError.self) { try configuration.requireProviders() }
        #expect(error?.code == .noProvider)
        #expect(error?.hint != nil)
    }

    struct Mistake: CustomTestStringConvertible, Sendable {
        let text: String
        let code: ConfigurationError.Code
        let keyPath: String?
        init(_ text: String, _ code: ConfigurationError.Code, _ keyPath: String?) {
            (self.text, self.code, self.keyPath) = (text, code, keyPath)
        }
        var testDescription: String { "\(code) at \(keyPath ?? "-")" }
    }

    @Test(arguments: [
        Mistake("quorun = 1", .unknownKey, "quorun"),
        Mistake("quorum = \"2\"", .wrongType, "quorum"),
        Mistake("quorum = 0\n" + shelf, .invalidValue, "quorum"),
        Mistake("quorum = 2\n" + shelf, .invalidValue, "quorum"),
        Mistake("quorum = 1.5\n" + shelf, .wrongType, "quorum"),
        Mistake("state = \"relative\"", .invalidValue, "state"),
        Mistake("password_command = \"\"", .invalidValue, "password_command"),
        Mistake("provider = 3", .wrongType, "provider"),
        Mistake("provider = [3]", .wrongType, "provider[1]"),
        Mistake("[[provider]]\npath = \"/a\"", .missingValue, "provider[1].name"),
        Mistake("[[provider]]\nname = \"a\"", .missingValue, "provider[1].endpoint"),
        Mistake("[[provider]]\nname = \"a\"\npaht = \"/a\"", .unknownKey, "provider[1].paht"),
        Mistake("[[provider]]\nname = \"a b\"\npath = \"/a\"", .invalidValue, "provider[1].name"),
        Mistake("[[provider]]\nname = \"a\"\npath = \"b\"", .invalidValue, "provider[1].path"),
        Mistake(shelf + shelf, .duplicate, "provider[2].name"),
        Mistake(
            "[[provider]]\nname = \"a-b\"\npath = \"/a\"\n[[provider]]\nname = \"A_B\"\npath = \"/b\"",
            .duplicate,
            "provider[2].name"),
        Mistake(shelf + "bucket = \"x\"", .invalidValue, "provider[1].bucket"),
        Mistake(shelf + "region = \"x\"", .unknownKey, "provider[1].region"),
        Mistake(shelf + "expected_every = \"30\"", .invalidValue, "provider[1].expected_every"),
        Mistake(shelf + "expected_every = \"0d\"", .invalidValue, "provider[1].expected_every"),
        Mistake(bucket + "expected_every = \"30d\"", .unknownKey, "provider[1].expected_every"),
        Mistake(bucket + "addressing = \"paths\"", .invalidValue, "provider[1].addressing"),
        Mistake(bucket + "connections = 0", .invalidValue, "provider[1].connections"),
        Mistake(bucket + "lock_days = 0", .invalidValue, "provider[1].lock_days"),
        Mistake(bucket + "lock_days = 366", .invalidValue, "provider[1].lock_days"),
        Mistake(bucket + "lock_days = \"30d\"", .wrongType, "provider[1].lock_days"),
        Mistake(shelf + "lock_days = 30", .unknownKey, "provider[1].lock_days"),
        Mistake(bucket + "storage_class = \"GLACEIR\"", .invalidValue, "provider[1].storage_class"),
        Mistake(bucket + "storage_class = \"\"", .invalidValue, "provider[1].storage_class"),
        Mistake(shelf + "storage_class = \"GLACIER\"", .unknownKey, "provider[1].storage_class"),
        Mistake(bucket + "prefix = \"/a\"", .invalidValue, "provider[1].prefix"),
        Mistake(bucket + "prefix = \"a/../b\"", .invalidValue, "provider[1].prefix"),
        Mistake(bucket + "access_key_id = \"AK\"", .missingValue, "provider[1].secret_access_key"),
        Mistake(bucket + "secret_access_key = \"SK\"", .missingValue, "provider[1].access_key_id"),
        Mistake(
            shelf + bucket.replacing("bucket = \"photos\"", with: ""), .missingValue, "provider[2].bucket"),
        Mistake(bucket.replacing("photos", with: "a/b"), .invalidValue, "provider[1].bucket"),
        Mistake("[[collection]]\nname = \"W\"", .missingValue, "collection[1].sources"),
        Mistake("[[collection]]\nname = \"W\"\nsources = []", .missingValue, "collection[1].sources"),
        Mistake("[[collection]]\nname = \"W@1\"\nsources = [\"/a\"]", .invalidValue, "collection[1].name"),
        Mistake("[[collection]]\nname = \"W\"\nsources = \"/a\"", .wrongType, "collection[1].sources"),
        Mistake("[[collection]]\nname = \"W\"\nsources = [1]", .wrongType, "collection[1].sources[1]"),
        Mistake("[[collection]]\nname = \"W\"\nsources = [\"/\"]", .invalidValue, "collection[1].sources[1]"),
        Mistake(
            "[[collection]]\nname = \"W\"\nsources = [\"/a/x\", \"/b/x\"]", .duplicate,
            "collection[1].sources[2]"),
        Mistake(
            "[[collection]]\nname = \"W\"\nsources = [{ path = \"/a\", lable = \"x\" }]", .unknownKey,
            "collection[1].sources[1].lable"),
        Mistake(
            "[[collection]]\nname = \"W\"\nsources = [{ label = \"x\" }]", .missingValue,
            "collection[1].sources[1].path"),
        Mistake(
            "[[collection]]\nname = \"W\"\nsources = [\"/a\"]\n[[collection]]\nname = \"W\"\nsources = [\"/b\"]",
            .duplicate, "collection[2].name"),
        Mistake(
            "[[collection]]\nname = \"W\"\nsources = [\"/a\"]\nexclude = [1]", .wrongType,
            "collection[1].exclude[1]"),
    ])
    func aMistakeNamesFileAndKeyPath(_ mistake: Mistake) throws {
        let error = #expect(throws: ConfigurationError.self) { try parse(mistake.text) }
        #expect(error?.code == mistake.code)
        #expect(error?.keyPath == mistake.keyPath)
        #expect(error?.description.hasPrefix("c.toml: \(mistake.keyPath ?? "")") == true)
    }

    @Test(arguments: [
        "s3.example.com", "ftp://a", "https://", "https://a//b", "https://a/..", "https://a/b?c",
        "https://a b", "https://u:p@a", "https://a:0",
        "https://a:65536", "https://a?b", "https://[::g]", "https://:80",
    ])
    func anEndpointThatIsNoneIsRefused(endpoint: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try parse(bucket.replacing("https://s3.example.com", with: endpoint))
        }
        #expect(error?.keyPath == "provider[1].endpoint")
        #expect(error?.hint != nil)
    }

    @Test(arguments: [
        "http://127.0.0.1:8333", "https://[::1]:9000", "https://a.b-c.d", "http://localhost",
        "https://a.example/storage/v1/s3",
    ])
    func anEndpointIsAHostAndPerhapsAPortAndAPath(endpoint: String) throws {
        let configuration = try parse(bucket.replacing("https://s3.example.com", with: endpoint))
        guard case .s3(let s3) = configuration.providers[0].kind else {
            Issue.record("no bucket")
            return
        }
        #expect(s3.endpoint == endpoint)
    }

    @Test func anUnknownKeySuggestsTheNearestKnownOne() {
        let near = #expect(throws: ConfigurationError.self) { try parse(bucket + "addresing = \"path\"") }
        #expect(near?.hint == "did you mean 'addressing'?")
        let far = #expect(throws: ConfigurationError.self) { try parse("zzzzzz = 1") }
        #expect(far?.hint?.hasPrefix("known here: quorum") == true)
    }

    @Test(arguments: [
        ("lock_days = 0", "from 1 to 365"), ("storage_class = \"glacier\"", "did you mean \"GLACIER\"?"),
        ("storage_class = \"cheap\"", "one of STANDARD, STANDARD_IA"),
    ])
    func aLockOrClassThatIsNoneHasAHint(line: String, hint: String) {
        let error = #expect(throws: ConfigurationError.self) { try parse(bucket + line) }
        #expect(error?.hint?.hasPrefix(hint) == true)
    }

    @Test(arguments: [
        ("quorum = 1\nhost = \"a\nx", 2), ("a = 1\na = 2", 2), ("\n\n[[provider\n", 3), ("x = 1\n\0", 2),
    ])
    func aSyntaxErrorNamesItsLine(text: String, line: Int) {
        let error = #expect(throws: ConfigurationError.self) { try parse(text) }
        #expect(error?.code == .syntax)
        #expect(error?.line == line)
        #expect(error?.description.hasPrefix("c.toml: line \(line): ") == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func bytesThatAreNoTextAreRefused() {
        let error = #expect(throws: ConfigurationError.self) {
            try BackupConfiguration.parse([0x61, 0xff], file: "c.toml", environment: ProcessEnvironment([:]))
        }
        #expect(error?.code == .syntax)
    }

    @Test func keysNeverShow() throws {
        let configuration = try parse(bucket + "access_key_id = \"AKID\"\nsecret_access_key = \"s3cret\"")
        var shown = "\(configuration)"
        dump(configuration, to: &shown)
        #expect(!shown.contains("s3cret"))
        #expect(!shown.contains("AKID"))
    }

    @Test func aFileWithKeysThatOthersMayReadIsAWarning() throws {
        let directory = try TemporaryDirectory()
        let withKeys = bucket + "access_key_id = \"A\"\nsecret_access_key = \"S\""
        for (text, mode, expected) in [(withKeys, 0o644, 1), (withKeys, 0o600, 0), (bucket, 0o644, 0)] {
            let file = try directory.write("config.toml", text, mode: mode)
            let warnings = Warnings()
            _ = try BackupConfiguration.load(from: file, environment: .init([:]), warn: warnings.handler)
            #expect(warnings.list.count == expected)
            #expect(warnings.list.allSatisfy { $0.what == file && $0.hint == "chmod 600 '\(file)'" })
        }
    }

    @Test func aFileThatIsNotThereHasAHint() {
        let error = #expect(throws: ConfigurationError.self) {
            try BackupConfiguration.load(from: "/no/such.toml", environment: .init([:]), warn: { _ in })
        }
        #expect(error?.code == .notFound)
        #expect(error?.hint?.contains("--config") == true)
    }
}
