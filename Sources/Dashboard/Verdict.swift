internal import Terminal

/// One sentence that says whether all is well, and what to do where it is not.
public struct Verdict: Sendable, Hashable {
    public enum Level: String, Sendable {
        case well, attention, danger
    }

    public let level: Level
    public let sentence: String

    /// The worst that the model shows: damage, then what is stored too few times, then what did not take place.
    public init(_ model: DashboardModel) {
        let found = [
            Self.damage(model), Self.announcement(model), Self.failedDrill(model), Self.nothing(model),
            Self.unreachable(model),
            Self.behind(model), Self.lostFiles(model), Self.failedRun(model), Self.unstoredSource(model),
            Self.unreadable(model),
        ].lazy.compactMap(\.self).first
        self = found ?? Self.well(model)
    }

    private init(_ level: Level, _ sentence: String) { (self.level, self.sentence) = (level, sentence) }

    private static func damage(_ model: DashboardModel) -> Verdict? {
        let names = model.replicas.filter { $0.damageCount > 0 }.map(\.name)
        guard !names.isEmpty else { return nil }
        return Verdict(
            .danger,
            "Something that was stored is lost or altered at \(listed(names)): photobackup heal puts it right."
        )
    }

    private static func announcement(_ model: DashboardModel) -> Verdict? {
        guard let replica = model.replicas.first(where: { $0.announcement != nil }) else { return nil }
        return Verdict(.danger, "\(replica.name): \(replica.announcement ?? ""). Take the rule out there.")
    }

    private static func failedDrill(_ model: DashboardModel) -> Verdict? {
        guard let drill = model.drill, !drill.failed.isEmpty else { return nil }
        return Verdict(
            .danger,
            "In the last drill, not everything came back from \(listed(drill.failed)): photobackup verify finds out why."
        )
    }

    private static func nothing(_ model: DashboardModel) -> Verdict? {
        guard model.collections.isEmpty else { return nil }
        return Verdict(.attention, "Nothing is stored yet: photobackup backup does that.")
    }

    private static func unreachable(_ model: DashboardModel) -> Verdict? {
        let names = model.replicas.filter { !$0.isReachable && !$0.isAway }.map(\.name)
        guard !names.isEmpty else { return nil }
        guard names.count < model.replicas.count else {
            return Verdict(.danger, "No replica answers: what this page shows is what was known before.")
        }
        let refusing = model.replicas.filter(\.isRefusing).map(\.name)
        guard refusing.isEmpty else {
            return Verdict(.attention, "\(listed(refusing)) cannot be used: photobackup status says why.")
        }
        return Verdict(.attention, "\(listed(names)) \(names.count == 1 ? "does" : "do") not answer.")
    }

    private static func behind(_ model: DashboardModel) -> Verdict? {
        let names = model.replicas.filter { $0.missingCount > 0 && !$0.isAway }.map(\.name)
        guard !names.isEmpty else { return nil }
        return Verdict(
            .attention,
            "\(listed(names)) \(names.count == 1 ? "lacks" : "lack") something that others have; the next backup or heal puts it there."
        )
    }

    private static func lostFiles(_ model: DashboardModel) -> Verdict? {
        let count = model.sources.reduce(0) { $0 + ($1.fileCounts.first ?? 0) }
        guard count > 0 else { return nil }
        return Verdict(
            .danger,
            "\(HumanReadable.count(count, "file")) may be whole on no replica: photobackup verify finds out.")
    }

    private static func failedRun(_ model: DashboardModel) -> Verdict? {
        guard let run = model.runs.first, ![0, 3, 4, 5].contains(run.exitCode) else { return nil }
        return Verdict(
            .attention,
            "The last run, \(run.command) of \(momentText(run.started)), did not do its work (exit code \(run.exitCode))."
        )
    }

    private static func unstoredSource(_ model: DashboardModel) -> Verdict? {
        guard let source = model.sources.first(where: { $0.fileCounts.isEmpty }) else { return nil }
        return Verdict(.attention, "Nothing of \(source.label) in \(source.collection) is stored yet.")
    }

    private static func unreadable(_ model: DashboardModel) -> Verdict? {
        let count = model.collections.reduce(0) { $0 + $1.unreadableCount }
        guard count > 0 else { return nil }
        return Verdict(
            .attention,
            "\(HumanReadable.count(count, "file")) could not be read by the last backup, and may not be stored."
        )
    }

    private static func well(_ model: DashboardModel) -> Verdict {
        let files = HumanReadable.count(model.collections.reduce(0) { $0 + $1.fileCount }, "file")
        let away = model.replicas.filter(\.isAway).map(\.name)
        guard away.isEmpty else {
            let rest = model.replicas.count - away.count
            return Verdict(
                .well,
                "All is well: \(files) on \(HumanReadable.count(rest, "replica")); \(listed(away)) is away, as expected."
            )
        }
        let places =
            model.replicas.count == 1 ? "the only replica" : "all \(model.replicas.count) replicas"
        return Verdict(.well, "All is well: \(files) on \(places).")
    }

    private static func listed(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}
