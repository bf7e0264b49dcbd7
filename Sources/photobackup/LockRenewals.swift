internal import Backup
internal import Terminal

extension CommandContext {
    /// Extends locks at the end of a run that has stored something, and tells what could not be done.
    ///
    /// - Returns: 4 where a provider locks nothing, though the configuration asks for it.
    @discardableResult
    func renewLocks(of vault: OpenVault) async throws -> ExitStatus {
        var status = ExitStatus.done
        for renewal in try await vault.renewLocks() {
            if let reason = renewal.missingLock {
                warnOfMissingLock(renewal.provider, reason)
                status = .replicaBehind
            } else if let failure = renewal.failure {
                output.warning(
                    Diagnostic(
                        what: renewal.provider, why: "locks could not be extended: \(failure.reason)",
                        hint: failure.hint))
            } else if renewal.leftCount > 0 {
                output.warning(
                    Diagnostic(
                        what: renewal.provider,
                        why:
                            "\(HumanReadable.count(renewal.leftCount, "object")) still wait for a longer lock, which "
                            + "the next runs give them"))
            }
            if renewal.renewedCount > 0 {
                output.detail(
                    "\(renewal.provider): \(HumanReadable.count(renewal.renewedCount)) locks extended")
            }
        }
        return status
    }

    func warnOfMissingLock(_ provider: String, _ reason: String) {
        output.warning(
            Diagnostic(
                what: provider, why: "lock_days protects nothing there: \(reason)",
                hint: "use a bucket with object lock of a provider that has it, or take lock_days out"))
    }
}
