/// What stands on the page that opens a vault when everything else is gone.
public struct EmergencyKit: Sendable {
    /// One place that holds a replica; never with credentials.
    public struct Replica: Sendable {
        public let name: String
        public let place: String

        public init(name: String, place: String) {
            self.name = name
            self.place = place
        }
    }

    public let vault: String
    public let signingKey: String
    public let formatVersion: Int
    public let words: [String]
    /// What the words open where every keyring is lost, in groups.
    public let wrappedKey: String
    public let replicas: [Replica]
    /// When it was made, as a date.
    public let made: String

    public init(
        vault: String, signingKey: String, formatVersion: Int, words: [String], wrappedKey: String,
        replicas: [Replica], made: String
    ) {
        self.vault = vault
        self.signingKey = signingKey
        self.formatVersion = formatVersion
        self.words = words
        self.wrappedKey = wrappedKey
        self.replicas = replicas
        self.made = made
    }

    static let title = "photobackup emergency kit"
    static let introduction = """
        This page opens an encrypted backup of photographs, without its password and without any machine that made it. \
        Whoever has it and reaches one of the places below has the photographs. Keep it on paper, where the photographs \
        are not, and tell someone you trust where it is.
        """
    static let wordsCaption = "The 24 recovery words"
    static let wrappedCaption = "The wrapped key: needed only where every keyring in the vault is lost"
    static let steps = [
        "Install photobackup on a Linux machine, from where you have always taken it.",
        "Run: photobackup connect --words. It asks for one of the places, its credentials (from your account with that "
            + "provider) and the 24 words. If it says that no keyring can be read, add --wrapped-key with the wrapped key.",
        "Run: photobackup snapshots, and then: photobackup restore COLLECTION --to FOLDER.",
    ]
    static let tested = "Tested with photobackup kit verify on ____________________ by ____________________"

    var phrase: String { words.joined(separator: " ") }
    /// Without spaces: every one would make the code larger.
    var wrappedLetters: String { wrappedKey.filter { $0 != " " } }

    /// Groups of the wrapped key, so many a line.
    func wrappedLines(_ groupsALine: Int) -> [String] {
        let groups = wrappedKey.split(separator: " ")
        return stride(from: 0, to: groups.count, by: groupsALine).map {
            groups[$0..<min($0 + groupsALine, groups.count)].joined(separator: " ")
        }
    }

    var facts: [(name: String, value: String)] {
        [
            ("vault", vault), ("signing key", signingKey), ("format version", String(formatVersion)),
            ("made", made),
        ]
    }
}
