internal import Backup
internal import ObjectStore
internal import Terminal

/// What is to be said of a provider that was looked at.
enum ProviderFindings {
    /// SigV4 is refused beyond 15 minutes; a clock that is off by less is still wrong.
    private static let greatestDifference: Int64 = 60

    static func findings(_ examination: ProviderExamination) -> [Finding] {
        let subject = "provider \(examination.name)"
        if let failure = examination.failure {
            return [.problem(subject, failure.reason, hint: failure.hint)]
        }
        var findings: [Finding] = [
            .good(
                subject,
                examination.holdsVault ? "answers, and holds a vault" : "answers; no vault is there yet")
        ]
        if let difference = examination.clockDifference, abs(difference) > greatestDifference {
            findings.append(
                .problem(
                    "clock",
                    "\(examination.name)'s is \(abs(difference)) s \(difference > 0 ? "ahead of" : "behind") "
                        + "this machine's",
                    hint: "timedatectl set-ntp true; requests are refused when clocks differ by 15 minutes"))
        }
        if let expiry = examination.expiry {
            findings.append(.problem(subject, expiry.text, hint: AnnouncedExpiry.hint))
        }
        findings += placeFindings(examination, subject)
        guard let probe = examination.probe else {
            return findings + [
                .advice(
                    subject, "never probed: what it really does is not known",
                    hint: "photobackup provider probe \(examination.name)")
            ]
        }
        return findings
            // What is announced has just been asked.
            + probe.answers.filter { $0.question != .keepsObjects }.compactMap { answer in
                answer.concern.map { answer.keepsFromStoring ? .problem(subject, $0) : .advice(subject, $0) }
            }
    }

    /// What a trial has shown of it as a place to put things.
    private static func placeFindings(_ examination: ProviderExamination, _ subject: String) -> [Finding] {
        var findings: [Finding] = []
        if let failure = examination.putFailure {
            findings.append(
                .problem(subject, "nothing can be stored there: \(failure.reason)", hint: failure.hint))
        }
        if let failure = examination.readFailure {
            findings.append(
                .problem(
                    subject, "what is stored there cannot be read again: \(failure.reason)",
                    hint: failure.hint))
        }
        if !examination.samePlace.isEmpty {
            findings.append(
                .problem(
                    subject,
                    "it is the same place as \(examination.samePlace.joined(separator: ", ")): one copy",
                    hint: "give each provider a bucket or a directory of its own, or take one out"))
        }
        if let reason = examination.missingLock {
            findings.append(
                .problem(
                    subject, "lock_days protects nothing there: \(reason)",
                    hint: "use a bucket with object lock of a provider that has it, or take lock_days out"))
        }
        if let standing = examination.behind {
            findings.append(
                standing.damageCount > 0
                    ? .problem(
                        subject, "not whole: \(standing.line)",
                        hint: "photobackup heal puts right what another replica still has")
                    : .advice(
                        subject, standing.line,
                        hint: "the next backup copies what it misses; photobackup heal does so now"))
        }
        return findings
    }
}
