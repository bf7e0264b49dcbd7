public import Vault

extension OpenVault {
    /// The public key that was taken for this person's, as far as this machine has read; nil where none was.
    ///
    /// - Throws: `CatalogError`.
    public func pinnedIdentity(of person: String) throws -> PublicIdentity? {
        try catalog.pin(of: person)?.identity
    }

    /// Remembers, in the vault, that this public key is the person's.
    ///
    /// - Throws: `QuorumError`, `AnotherRunError`, `CatalogError`.
    public func pin(_ identity: PublicIdentity, of person: String) async throws {
        guard try pinnedIdentity(of: person) != identity else { return }
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        try await put(
            PersonalRecord(
                created: .now(), kind: .identityPinned, host: device.host,
                details: ["name": person, "key": identity.text]))
    }
}

extension Catalog {
    fileprivate func pin(of person: String) throws -> (identity: PublicIdentity, since: Int64)? {
        guard let value = try setting(Self.pinName(person)) else { return nil }
        let parts = value.split(separator: " ")
        guard parts.count == 2, let since = Int64(parts[0]),
            let identity = try? PublicIdentity(parsing: String(parts[1]))
        else { return nil }
        return (identity, since)
    }

    /// Takes what a record says of a person's key; of two the later counts.
    func takePin(_ record: PersonalRecord) throws {
        guard let person = record.details["name"], let key = record.details["key"],
            let identity = try? PublicIdentity(parsing: key),
            try pin(of: person).map({ $0.since <= record.created.secondsSince1970 }) ?? true
        else { return }
        try set(Self.pinName(person), to: "\(record.created.secondsSince1970) \(identity.text)")
    }

    private static func pinName(_ person: String) -> String { "pin \(person)" }
}
