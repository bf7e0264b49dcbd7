internal import Backup
internal import Terminal

/// What a drill has shown, told a line for each provider.
struct DrillReport {
    let summary: DrillSummary

    /// 5 where something did not come back; 4 where a provider did not answer; 1 where none did.
    var status: ExitStatus {
        var findings: [ExitStatus] = []
        var hasAnswer = false
        for drill in summary.replicas {
            switch drill.outcome {
            case .failed: findings.append(.damaged)
            case .unreachable: findings.append(.replicaBehind)
            case .proved, .nothing: break
            }
            if case .unreachable = drill.outcome { continue }
            hasAnswer = true
            if !drill.rottenOriginals.isEmpty { findings.append(.damaged) }
        }
        return hasAnswer ? ExitStatus.highest(of: findings) : .failed
    }

    func show(on output: Output) {
        for drill in summary.replicas {
            switch drill.outcome {
            case .proved:
                output.result("drill", Message(drill), text: "\(drill.provider): \(Self.line(drill))")
            case .nothing(let why):
                output.result("drill", Message(drill), text: "\(drill.provider): nothing was tried: \(why)")
            case .failed(let reasons):
                output.result("drill", Message(drill), text: "\(drill.provider): \(Self.line(drill))")
                for reason in reasons {
                    output.error(
                        Diagnostic(
                            what: drill.provider, why: "not restored: \(reason)",
                            hint:
                                "photobackup verify --level read finds what is wrong, and heal puts it right")
                    )
                }
            case .unreachable(let reason): output.error(Diagnostic(what: drill.provider, why: reason))
            }
        }
        for original in Set(summary.replicas.flatMap(\.rottenOriginals)).sorted() {
            output.error(
                Diagnostic(
                    what: original,
                    why:
                        "its bytes are others than were backed up, and nobody wrote them: size and times are the same",
                    hint: "the vault has it as it was: photobackup restore brings it back"))
        }
    }

    private static func line(_ drill: ReplicaDrill) -> String {
        var line =
            "\(HumanReadable.count(drill.filesRestored, "file")) came back, "
            + HumanReadable.bytes(Int(clamping: drill.bytesRestored))
        if drill.filesAsOriginals > 0 {
            line += "; \(HumanReadable.count(drill.filesAsOriginals)) compared with the originals"
        }
        return line
    }

    private struct Message: Encodable {
        let provider: String
        let outcome: String
        let files: Int
        let bytes: UInt64
        let filesAsOriginals: Int
        let why: [String]

        init(_ drill: ReplicaDrill) {
            provider = drill.provider
            (files, bytes, filesAsOriginals) = (
                drill.filesRestored, drill.bytesRestored, drill.filesAsOriginals
            )
            switch drill.outcome {
            case .proved: (outcome, why) = ("proved", [])
            case .failed(let reasons): (outcome, why) = ("failed", reasons)
            case .unreachable(let reason): (outcome, why) = ("unreachable", [reason])
            case .nothing(let reason): (outcome, why) = ("nothing", [reason])
            }
        }
    }

    struct JSONSummary: Encodable, Sendable {
        let filesRestored: Int
        let bytesRestored: UInt64
        let proved: [String]
        let failed: [String]
        let originalsRotten: [String]
    }

    var jsonSummary: JSONSummary {
        JSONSummary(
            filesRestored: summary.filesRestored, bytesRestored: summary.bytesRestored,
            proved: summary.proved,
            failed: summary.failed,
            originalsRotten: Set(summary.replicas.flatMap(\.rottenOriginals)).sorted())
    }
}
