internal import Synchronization
internal import Vault

/// What a destination has not taken of owners, modes, times and attributes: told once a kind, however many files.
final class MetadataLosses: Sendable {
    private struct Loss {
        let first: String
        var count = 0
    }

    private let losses = Mutex<[String: Loss]>([:])

    func add(_ warning: RestoreError) {
        losses.withLock { $0[warning.reason, default: Loss(first: warning.path)].count += 1 }
    }

    /// One line a kind, of all since the last call.
    func take() -> [(what: String, reason: String)] {
        let losses = losses.withLock { losses in
            defer { losses = [:] }
            return losses
        }
        return losses.sorted { $0.key < $1.key }.map { reason, loss in
            (
                loss.count == 1 ? loss.first : "\(loss.count) files and folders, \(loss.first) the first",
                reason
            )
        }
    }
}
