internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    /// Tells what never was there from what is there no more, and what is on its way from what is a stray.
    func classify(
        _ found: Discrepancy, _ row: SurveyRow
    ) throws -> Discrepancy? {
        let name = ObjectName(found.key)
        switch (found.kind, name) {
        case (.stray, .pack), (.stray, .metaPack):
            guard case .present(_, let modified) = row.listed[found.replica] else { return found }
            let isInFlight = modified > UTCTime.now().secondsSince1970 - Self.waitingSeconds
            return isInFlight ? nil : found
        case (.stray, nil) where found.key.isOfProbe:
            return nil
        case (.stray, .providers), (.stray, .record), (.stray, .grant):
            return nil
        case (.missing, .pack(let digest)), (.missing, .metaPack(let digest)):
            // A replica gets a pack before the inventory that names it.
            let replica = catalogReplicas[found.replica]
            let wasThere =
                try catalog.wasConfirmed(found.key, by: replica)
                || catalog.hasInventory(of: digest, replica)
            return found.with(wasThere ? .missing : .behind)
        case (.missing, _):
            let wasThere = try catalog.wasConfirmed(found.key, by: catalogReplicas[found.replica])
            return found.with(wasThere ? .stale : .behind)
        default: return found
        }
    }

    /// How long a pack that no inventory names may be on its way: 7 days.
    private static let waitingSeconds: Int64 = 7 * 86400
}

extension Discrepancy {
    fileprivate func with(_ kind: Kind) -> Discrepancy {
        Discrepancy(
            replica: replica, key: key, kind: kind, expectedByteCount: expectedByteCount,
            foundByteCount: foundByteCount)
    }
}
