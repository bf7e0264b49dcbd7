/// What runs do when nobody is there: `[schedule]`, `[retention]`, `[notify]` and `[hooks]`.
public struct UnattendedConfiguration: Sendable, Equatable {
    /// How thoroughly a scheduled run verifies.
    public enum VerifyLevel: String, Sendable, CaseIterable {
        case list
        case checksum
        case read
        case decrypt
    }

    /// What a scheduled run does besides backing up.
    public struct Schedule: Sendable, Equatable {
        /// nil: it verifies nothing.
        public var verifyLevel: VerifyLevel? = .read
        /// In so many days everything has been verified once.
        public var verifyDays = 30
        /// The most bytes that one run reads to verify.
        public var verifyBudget: Int?
        public var prunes = true
        /// Whether it restores a few files once a month.
        public var drills = true
        /// In so many days every source file has been read again once; nil: only what seems to have changed is read.
        public var rereadDays: Int?
    }

    /// The rules of `forget` that a scheduled run goes by, as its options take them.
    public struct Retention: Sendable, Equatable {
        public var last: Int?
        public var hourly: Int?
        public var daily: Int?
        public var weekly: Int?
        public var monthly: Int?
        public var yearly: Int?
        /// As in `2y5m7d`; the program checks it when it reads the file.
        public var within: String?
        /// Of each, all tags between its commas are needed.
        public var tags: [String] = []
    }

    /// Who is told of runs.
    public struct Notify: Sendable, Equatable {
        /// An address as healthchecks.io gives it out.
        public var ping: String?
        /// Gets the summary in JSON on its standard input.
        public var command: String?
        /// A text file for node_exporter's collector.
        public var metrics: String?
    }

    /// Commands around runs.
    public struct Hooks: Sendable, Equatable {
        /// Where it fails, the run does not begin.
        public var before: String?
        public var after: String?
    }

    public var schedule = Schedule()
    /// nil: nothing is forgotten by itself.
    public var retention: Retention?
    public var notify = Notify()
    public var hooks = Hooks()
}

extension UnattendedConfiguration {
    static let tableNames = ["schedule", "retention", "notify", "hooks"]

    init(_ root: TableReader, _ paths: StandardPaths) throws(ConfigurationError) {
        if let table = try root.table("schedule") { schedule = try Schedule(table) }
        if let table = try root.table("retention") { retention = try Retention(table) }
        if let table = try root.table("notify") { notify = try Notify(table, paths) }
        if let table = try root.table("hooks") {
            try table.refuseUnknownKeys(known: ["before", "after"])
            hooks = Hooks(before: try table.string("before"), after: try table.string("after"))
        }
    }
}

extension UnattendedConfiguration.Schedule {
    fileprivate init(_ table: TableReader) throws(ConfigurationError) {
        try table.refuseUnknownKeys(
            known: ["verify", "verify_days", "verify_budget", "prune", "drill", "reread_days"])
        if let text = try table.string("verify"), text == "none" {
            verifyLevel = nil
        } else if let level = try table.choice("verify", of: UnattendedConfiguration.VerifyLevel.self) {
            verifyLevel = level
        }
        if let days = try table.integer("verify_days", in: 1...3650) { verifyDays = days }
        rereadDays = try table.integer("reread_days", in: 1...3650)
        verifyBudget = try table.byteCount("verify_budget")
        if let prune = try table.bool("prune") { prunes = prune }
        if let drill = try table.bool("drill") { drills = drill }
    }
}

extension UnattendedConfiguration.Retention {
    fileprivate init(_ table: TableReader) throws(ConfigurationError) {
        let counts = ["last", "hourly", "daily", "weekly", "monthly", "yearly"].map { "keep_\($0)" }
        try table.refuseUnknownKeys(known: counts + ["keep_within", "keep_tags"])
        last = try table.integer("keep_last", in: 1...Int.max)
        hourly = try table.integer("keep_hourly", in: 1...Int.max)
        daily = try table.integer("keep_daily", in: 1...Int.max)
        weekly = try table.integer("keep_weekly", in: 1...Int.max)
        monthly = try table.integer("keep_monthly", in: 1...Int.max)
        yearly = try table.integer("keep_yearly", in: 1...Int.max)
        within = try table.string("keep_within")
        tags = try table.strings("keep_tags")
        for (index, tag) in tags.enumerated() where tag.split(separator: ",").isEmpty {
            throw table.failure(
                .invalidValue, "keep_tags[\(index + 1)]",
                "names no tag, so that every snapshot would be kept",
                hint: "for example keep_tags = [\"final\", \"wedding,2026\"]")
        }
        guard self != UnattendedConfiguration.Retention() else {
            throw table.failure(
                .missingValue, nil, "no rule says what to keep",
                hint:
                    "for example keep_daily = 7 and keep_monthly = 12; without the table nothing is forgotten"
            )
        }
    }
}

extension UnattendedConfiguration.Notify {
    fileprivate init(_ table: TableReader, _ paths: StandardPaths) throws(ConfigurationError) {
        try table.refuseUnknownKeys(known: ["ping", "command", "metrics"])
        ping = try table.string("ping")
        if let ping, !Self.isWebAddress(ping) {
            throw table.failure(
                .invalidValue, "ping", "is no web address", hint: "for example \"https://hc-ping.com/…\"")
        }
        command = try table.string("command")
        if let path = try table.string("metrics") {
            metrics = try table.absolutePath(path, at: "metrics", paths)
        }
    }
    /// A scheme, a host, and nothing that an address would have to escape.
    private static func isWebAddress(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return false }
        let rest = text.dropFirst(scheme.count)
        return !rest.prefix { !"/?#".contains($0) }.isEmpty
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\"") }
    }
}
