internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// The keyrings that did not open the vault, and why.
struct LeftOutKeyrings {
    enum Reason {
        case unreadable(String, hint: String?)
        case ofVault(VaultID)
        case otherSigningKey
        /// The secret does not open it: it is wrong, or the keyring is planted.
        case notOpened(VaultID)
        case damaged(VaultError)
        case failed(CryptoError)
    }

    private var reasons: [(keyring: ShownKeyring, reason: Reason)] = []

    mutating func note(_ keyring: ShownKeyring, _ reason: Reason) { reasons.append((keyring, reason)) }

    var isEmpty: Bool { reasons.isEmpty }

    /// Whether any keyring was right, as far as can be known, and the secret was not.
    var saysWrongSecret: Bool {
        reasons.contains { if case .notOpened = $0.reason { true } else { false } }
    }

    /// The vault of the first keyring that the secret did not open.
    var vault: VaultID? {
        reasons.lazy.compactMap { if case .notOpened(let vault) = $0.reason { vault } else { nil } }.first
    }

    var failure: (any Error)? {
        reasons.lazy.compactMap { item -> (any Error)? in
            switch item.reason {
            case .damaged(let error): error
            case .failed(let error): error
            case .unreadable, .ofVault, .otherSigningKey, .notOpened: nil
            }
        }.first
    }

    /// What can be done about the first one that could not be read.
    var hint: String? {
        reasons.lazy.compactMap { if case .unreadable(_, let hint) = $0.reason { hint } else { nil } }.first
    }

    var otherVault: (keyring: ShownKeyring, vault: VaultID)? {
        reasons.lazy.compactMap { item in
            if case .ofVault(let vault) = item.reason { (item.keyring, vault) } else { nil }
        }.first
    }

    /// One line for each provider that shows any: the first by name, and how many more there are.
    func tell(names: [String], _ warn: WarningHandler) {
        for (replica, name) in names.enumerated() {
            let own = reasons.filter { $0.keyring.holders.contains(replica) }
            guard let first = own.first else { continue }
            let more =
                own.count > 1
                ? "; \(own.count - 1) more \(own.count == 2 ? "keyring is" : "keyrings are") left out" : ""
            warn(Warning(what: name, why: "\(first.keyring.key): \(first.reason)\(more)"))
        }
    }
}

extension LeftOutKeyrings.Reason: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreadable(let reason, _): "\(reason); it is left out"
        case .ofVault(let vault): "it is of vault \(vault); it is left out"
        case .otherSigningKey: "it names another signing key; it is left out"
        case .notOpened: "the secret does not open it; it is left out"
        case .damaged(let error): "\(error.reason); it is left out"
        case .failed(let error): "\(error); it is left out"
        }
    }
}

extension LeftOutKeyrings.Reason {
    /// Why it could not be read.
    init(_ error: any Error) {
        switch error {
        case let error as ReplicaSetError:
            let own = error.failures.first?.error
            self = .unreadable(own?.reason ?? error.reason, hint: own?.hint)
        case let error as VaultError: self = .unreadable(error.reason, hint: nil)
        default: self = .unreadable("\(error)", hint: nil)
        }
    }
}
