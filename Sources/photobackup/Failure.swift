internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Crypto
internal import Fuse
internal import ObjectStore
internal import Replicator
internal import S3
internal import Sharing
internal import Terminal
internal import Threads
internal import Vault

/// What a command throws when no error type of the layers below says it: a status and a message of its own.
struct CommandError: Error {
    let status: ExitStatus
    let diagnostic: Diagnostic

    init(_ status: ExitStatus = .failed, what: String, why: String, hint: String? = nil) {
        self.status = status
        diagnostic = Diagnostic(what: what, why: why, hint: hint)
    }
}

/// The one place where errors become exit codes and messages.
struct Failure {
    let status: ExitStatus
    let diagnostic: Diagnostic

    /// - Parameter wasCancelled: whether a signal ended the run; whatever it threw then follows from that.
    init(_ error: any Error, wasCancelled: Bool) {
        if wasCancelled || error is CancellationError {
            status = .interrupted
            diagnostic = Diagnostic(
                what: "interrupted", why: "ended by a signal",
                hint: "run it again: what is stored stays stored")
        } else {
            (status, diagnostic) = Self.describe(error)
        }
    }

    private static func describe(_ error: any Error) -> (ExitStatus, Diagnostic) {
        switch error {
        case let error as CommandError:
            (error.status, error.diagnostic)
        case let error as ConfigurationError:
            (.configuration, Diagnostic(what: "configuration", why: error.description, hint: error.hint))
        case let error as S3ConfigurationError:
            (.configuration, Diagnostic(what: "configuration", why: error.description))
        case let error as SamePlaceError:
            (.configuration, Diagnostic(what: "configuration", why: error.description, hint: error.hint))
        case let error as SecretError:
            (.failed, Diagnostic(what: error.subject, why: error.reason, hint: error.hint))
        case let error as ObjectStoreError:
            (
                error.code == .cancelled ? .interrupted : .failed,
                Diagnostic(
                    what: [error.store, error.object].compactMap(\.self).joined(separator: ": "),
                    why: error.reason, hint: error.hint)
            )
        case let error as CryptoError:
            (
                error.code == .invalidPhrase ? .wrongSecret : .failed,
                Diagnostic(what: error.context, why: error.code.description)
            )
        case let error as AccessError:
            (
                error.status, Diagnostic(what: "vault", why: error.description, hint: error.hint)
            )
        case let error as ThreadError:
            (.failed, Diagnostic(what: "threads", why: error.description, hint: error.hint))
        case let error as SourceError:
            (
                error.code == .own ? .configuration : .failed,
                Diagnostic(what: error.source, why: error.reason, hint: error.hint)
            )
        case let error as QuorumError:
            (
                .failed,
                Diagnostic(what: "not stored on enough replicas", why: error.description, hint: error.hint)
            )
        case let error as UnfinishedVaultError:
            (
                .failed,
                Diagnostic(what: "not stored on enough replicas", why: error.description, hint: error.hint)
            )
        case let error as UnfinishedPasswordError:
            (
                .failed,
                Diagnostic(what: "not stored on enough replicas", why: error.description, hint: error.hint)
            )
        case let error as UnprovenPasswordError:
            (.failed, Diagnostic(what: "password", why: error.description, hint: error.hint))
        case let error as ConflictError:
            (.failed, Diagnostic(what: "archive", why: error.description, hint: error.hint))
        case let error as LossError:
            (
                .failed,
                Diagnostic(
                    what: singleLine(error.collection),
                    why: "there were \(size(error.filesBefore, error.bytesBefore)), and there are "
                        + "\(size(error.files, error.bytes)); no snapshot was made",
                    hint: error.hint)
            )
        case let error as SelectionError:
            (.failed, Diagnostic(what: "snapshot", why: error.description, hint: error.hint))
        case let error as KeylessError:
            (
                error.code == .needsKeys ? .usage : .failed,
                Diagnostic(what: "without keys", why: error.description, hint: error.hint)
            )
        case let error as SharingError:
            (.failed, Diagnostic(what: "share", why: error.description, hint: error.hint))
        case let error as EpochError:
            (.failed, Diagnostic(what: "share", why: error.description, hint: error.hint))
        case let error as HeadError:
            (.failed, Diagnostic(what: "freshness", why: error.description, hint: error.hint))
        case let error as RestoreError:
            (.failed, Diagnostic(what: error.path, why: error.reason, hint: error.hint))
        case let error as AnotherRunError:
            (.anotherRun, Diagnostic(what: "vault", why: error.description, hint: error.hint))
        case let error as CatalogError:
            (.failed, Diagnostic(what: "catalog", why: error.description, hint: error.hint))
        case let error as StateError:
            (.failed, Diagnostic(what: error.path, why: error.reason, hint: error.hint))
        case let error as VaultError:
            (
                error.code == .wrongPassword || error.code == .wrongRecoveryPhrase ? .wrongSecret : .failed,
                Diagnostic(what: error.subject, why: error.reason)
            )
        case let error as LinkError:
            (
                error.code == .wrongPassword ? .wrongSecret : error.code == .damaged ? .damaged : .failed,
                Diagnostic(what: "link", why: error.description, hint: error.hint)
            )
        case let error as LinkConflictError:
            (.failed, Diagnostic(what: "link", why: error.description, hint: error.hint))
        case let error as RetentionError:
            (
                error.code == .refused ? .usage : .failed,
                Diagnostic(what: "retention", why: error.description, hint: error.hint)
            )
        case let error as PruneError:
            (.failed, Diagnostic(what: "prune", why: error.description, hint: error.hint))
        case let error as UnreadableSnapshotError:
            (.damaged, Diagnostic(what: "snapshot", why: error.description, hint: error.hint))
        case let error as PrunedMeanwhileError:
            (.failed, Diagnostic(what: "snapshot", why: error.description, hint: error.hint))
        case let error as FuseError:
            (.failed, Diagnostic(what: "mount", why: error.description, hint: error.hint))
        case let error as ReplicaSetError:
            (
                error.code == .cancelled ? .interrupted : .failed,
                Diagnostic(what: error.key.rawValue, why: error.reason, hint: error.hint)
            )
        case is ValidationError:
            (.usage, UsageError.diagnostic(of: error))
        default:
            (.failed, Diagnostic(what: "unexpected", why: String(describing: error)))
        }
    }
}

private func size(_ files: Int, _ bytes: UInt64) -> String {
    "\(HumanReadable.count(files, "file")) (\(HumanReadable.bytes(Int(clamping: bytes))))"
}

extension AccessError {
    fileprivate var status: ExitStatus {
        switch code {
        case .noVault: .noVault
        case .wrongPassword, .wrongRecoveryPhrase: .wrongSecret
        case .otherVault, .vaultExists, .noKeyring, .unreachable, .noSequence: .failed
        }
    }
}
