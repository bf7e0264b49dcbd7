import Configuration
import Testing

/// What the program advises about a configuration is tried: it gives the hint, and doing what that says helps.
@Suite struct ConfigurationHintTests {
    struct Trial: Sendable, CustomTestStringConvertible {
        let hint: String
        let broken: String
        let cured: String
        var testDescription: String { hint }
    }

    /// A collection of its own beside a bucket.
    private static func collection(_ lines: String) -> String { bucket + "[[collection]]\n" + lines }

    /// A bucket with one line more.
    private static func with(_ line: String) -> String { bucket + line + "\n" }

    /// A place of links with that address.
    private static func share(_ url: String, besides name: String = "shelf") -> String {
        shelf.replacing("\"shelf\"", with: "\"\(name)\"")
            + """
            [share]
            url = "\(url)"
            endpoint = "https://s3.example.com"
            region = "eu"
            bucket = "links"

            """
    }

    static let trials: [Trial] = [
        Trial(hint: "give each provider a name of its own", broken: bucket + bucket, cured: bucket + shelf),
        Trial(
            hint: "put the sources of both into one, or rename one",
            broken: collection(
                "name = \"A\"\nsources = [\"~/a\"]\n[[collection]]\nname = \"A\"\nsources = [\"~/b\"]\n"),
            cured: collection("name = \"A\"\nsources = [\"~/a\", \"~/b\"]\n")),
        Trial(
            hint: "no '@', which begins a snapshot, no '-' first and no control characters",
            broken: collection("name = \"A@1\"\nsources = [\"~/a\"]\n"),
            cured: collection("name = \"A 1\"\nsources = [\"~/a\"]\n")),
        Trial(
            hint: "for example \"80%\"; \"100%\" allows for any",
            broken: collection("name = \"A\"\nsources = [\"~/a\"]\nmax_loss = \"80\"\n"),
            cured: collection("name = \"A\"\nsources = [\"~/a\"]\nmax_loss = \"80%\"\n")),
        Trial(
            hint: "for example sources = [\"~/Pictures/Weddings\"]",
            broken: collection("name = \"A\"\nsources = []\n"),
            cured: collection("name = \"A\"\nsources = [\"~/Pictures/Weddings\"]\n")),
        Trial(
            hint: "give one a label: { path = \"/home/ada/b/a\", label = \"a-2\" }",
            broken: collection("name = \"A\"\nsources = [\"~/a\", \"~/b/a\"]\n"),
            cured: collection(
                "name = \"A\"\nsources = [\"~/a\", { path = \"/home/ada/b/a\", label = \"a-2\" }]\n")),
        Trial(
            hint: "give it a label: { path = \"/\", label = \"photos\" }",
            broken: collection("name = \"A\"\nsources = [\"/\"]\n"),
            cured: collection("name = \"A\"\nsources = [{ path = \"/\", label = \"photos\" }]\n")),
        Trial(
            hint: "make two [[provider]] of it", broken: with("path = \"/media/x\""), cured: bucket + shelf),
        Trial(
            hint: "up to 64 letters, digits, '-' and '_'",
            broken: "[[provider]]\nname = \"a b\"\npath = \"/m\"\n",
            cured: "[[provider]]\nname = \"a-b\"\npath = \"/m\"\n"),
        Trial(
            hint: "letters, digits, '.', '-' and '_', with '/' between; for example \"backups/photos\"",
            broken: with("prefix = \"a b\""), cured: with("prefix = \"backups/photos\"")),
        Trial(
            hint: "access_key_id and secret_access_key belong together",
            broken: with("access_key_id = \"AK\""),
            cured: with("access_key_id = \"AK\"\nsecret_access_key = \"SK\"")),
        Trial(
            hint: "let it begin with '/' or '~/'", broken: "[[provider]]\nname = \"s\"\npath = \"media\"\n",
            cured: "[[provider]]\nname = \"s\"\npath = \"/media\"\n"),
        Trial(hint: "from 1 to", broken: with("lock_days = 0"), cured: with("lock_days = 1")),
        Trial(
            hint: "\"path\" or", broken: with("addressing = \"both\""), cured: with("addressing = \"path\"")),
        Trial(
            hint: "for example \"30d\", \"12h\" or \"2w\"",
            broken: shelf + "expected_every = \"sometimes\"\n",
            cured: shelf + "expected_every = \"2w\"\n"),
        Trial(
            hint: "for example \"20GB\"", broken: bucket + "[schedule]\nverify_budget = \"much\"\n",
            cured: bucket + "[schedule]\nverify_budget = \"20GB\"\n"),
        Trial(
            hint: "for example keep_daily = 7 and keep_monthly = 12; without the table nothing is forgotten",
            broken: bucket + "[retention]\n",
            cured: bucket + "[retention]\nkeep_daily = 7\nkeep_monthly = 12\n"),
        Trial(
            hint: "for example \"https://hc-ping.com/…\"",
            broken: bucket + "[notify]\nping = \"hc-ping.com/1\"\n",
            cured: bucket + "[notify]\nping = \"https://hc-ping.com/1\"\n"),
        Trial(
            hint: "for example endpoint = ",
            broken: "[[provider]]\nname = \"b\"\nbucket = \"photos\"\nregion = \"eu\"\n",
            cured:
                "[[provider]]\nname = \"b\"\nbucket = \"photos\"\nregion = \"eu\"\nendpoint = \"https://s3.example.com\"\n"
        ),
        Trial(
            hint: "add a [[provider]] with name, endpoint, region and bucket, or with name and path",
            broken: "quorum = 1\n",
            cured: shelf),
        Trial(
            hint: "3 to 63 letters, digits, dots and hyphens, as the provider shows it",
            broken: bucket.replacing("photos", with: "ab"), cured: bucket),
        Trial(
            hint: "letters, digits, '.', '-' and '_'", broken: bucket.replacing("\"eu\"", with: "\"e u\""),
            cured: bucket),
        Trial(
            hint: "https://, the host, perhaps a port and a path; bucket and prefix have keys of their own",
            broken: bucket.replacing("example.com", with: "example.com?bucket=photos"), cured: bucket),
        Trial(
            hint: "https://, the host, and perhaps a path; what it shows is the bucket below the prefix",
            broken: share("ftp://photos.example.com"), cured: share("https://photos.example.com/links")),
        Trial(
            hint: "rename the provider",
            broken: share("https://a.example.com", besides: "share"),
            cured: share("https://a.example.com", besides: "other")),
        Trial(
            hint: "for example host = \"studio\"", broken: "host = \"a\\u0001\"\n" + shelf,
            cured: "host = \"studio\"\n" + shelf),
        Trial(
            hint: "for example keep_tags = [\"final\", \"wedding,2026\"]",
            broken: bucket + "[retention]\nkeep_tags = [\",\"]\n",
            cured: bucket + "[retention]\nkeep_tags = [\"final\", \"wedding,2026\"]\n"),
        Trial(
            hint: "did you mean \"GLACIER\"?", broken: with("storage_class = \"GLACIR\""),
            cured: with("storage_class = \"GLACIER\"")),
        Trial(hint: "known here: ", broken: with("zzzzzzzzz = 1"), cured: with("lock_days = 1")),
        Trial(
            hint: "give each provider a bucket or a directory of its own, or take one out",
            broken: shelf + shelf.replacing("\"shelf\"", with: "\"other\""), cured: shelf),
        Trial(
            hint: "give each provider a prefix or a directory of its own",
            broken: bucket + bucket.replacing("backblaze", with: "other") + "prefix = \"packs\"\n",
            cured: bucket + "prefix = \"b\"\n" + bucket.replacing("backblaze", with: "other")
                + "prefix = \"packs\"\n"),
        Trial(hint: "the file is TOML, see https://toml.io", broken: "quorum: 1\n", cured: shelf),
    ]

    @Test(arguments: trials)
    func theHintIsGivenAndHelps(trial: Trial) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try parse(trial.broken).requireProviders()
        }
        #expect(
            error.hint?.hasPrefix(trial.hint) == true, "\(error): \(error.hint ?? "-")")
        _ = try parse(trial.cured).requireProviders()
    }
}
