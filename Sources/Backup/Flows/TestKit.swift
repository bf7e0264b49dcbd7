internal import Replicator
internal import Vault

extension OpenVault {
    /// Remembers, in the vault, that its words were typed back and open it.
    ///
    /// - Throws: `QuorumError`, `AnotherRunError`, `CatalogError`.
    public func recordKitTested() async throws {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        try await put(PersonalRecord(created: .now(), kind: .kitTested, host: device.host))
    }
}

extension Catalog {
    private static let kitTestedName = "kit_tested"

    /// When a kit was tested last, as far as this machine has read; nil where it never was.
    func kitTested() throws -> UTCTime? {
        try setting(Self.kitTestedName).flatMap { Int64($0) }.map { UTCTime(secondsSince1970: $0) }
    }

    /// Takes what a record of the vault says.
    func take(_ record: PersonalRecord) throws {
        switch record.kind {
        case .kitTested:
            guard try kitTested().map({ $0 < record.created }) ?? true else { return }
            try set(Self.kitTestedName, to: String(record.created.secondsSince1970))
        case .identityPinned: try takePin(record)
        case .drillDone: try takeDrill(record)
        default: break
        }
    }
}
