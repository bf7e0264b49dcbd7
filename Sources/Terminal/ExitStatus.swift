/// How the program ends. The numbers are API.
public enum ExitStatus: Int32, Sendable, Hashable, CaseIterable {
    /// All done, every replica whole.
    case done = 0
    case failed = 1
    /// Done, but some source files could not be read.
    case sourceUnreadable = 3
    /// Done, quorum held, but a replica is behind.
    case replicaBehind = 4
    /// A check found damage.
    case damaged = 5
    case noVault = 10
    case anotherRun = 11
    case wrongSecret = 12
    /// Source: `EX_USAGE` of sysexits.h.
    case usage = 64
    /// Source: `EX_CONFIG` of sysexits.h.
    case configuration = 78
    /// Source: 128 + SIGINT, as a shell says it.
    case interrupted = 130

    /// The status of a run that did its work and found all of `findings`: the highest of 3, 4 and 5.
    public static func highest(of findings: some Sequence<ExitStatus>) -> ExitStatus {
        findings.reduce(.done) { highest, finding in
            precondition(finding.isFinding, "\(finding) ends a run and is combined with nothing")
            return highest.rawValue < finding.rawValue ? finding : highest
        }
    }

    private var isFinding: Bool {
        switch self {
        case .done, .sourceUnreadable, .replicaBehind, .damaged: true
        default: false
        }
    }
}
