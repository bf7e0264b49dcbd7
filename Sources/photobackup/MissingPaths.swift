internal import Backup
internal import Terminal
internal import Vault

extension Output {
    /// Tells of paths that were named and are not there, each with what may have been meant.
    ///
    /// - Returns: 1 where there are any.
    func tell(_ missing: [MissingPath]) -> ExitStatus {
        for path in missing {
            error(Diagnostic(what: FileName(path.path.bytes).text, why: path.reason, hint: path.hint))
        }
        return missing.isEmpty ? .done : .failed
    }
}
