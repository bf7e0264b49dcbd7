internal import ObjectStore
internal import Replicator
internal import Vault

extension AuditedVault {
    /// Tells what never was there from what is there no more, and what is on its way from what is a stray.
    func classify(
        _ found: Discrepancy, _ row: SurveyRow, _ freshness: Freshness
    ) throws -> Discrepancy? {
        let name = ObjectName(found.key)
        // What is to be deleted may be there as long as that takes.
        if found.kind == .stray, try catalog.hasTombstone(found.key.rawValue) { return nil }
        switch (found.kind, name) {
        case (.stray, .pack), (.stray, .metaPack):
            return isInFlight(found, row) ? nil : found
        case (.stray, .keyring), (.stray, .collection):
            // What is new is named by the inventory after it.
            return !authenticatesRecords && isInFlight(found, row) ? nil : found
        case (.stray, nil) where found.key.isOfProbe || found.key.rawValue.hasPrefix(ObjectName.sharesPrefix):
            return nil
        case (.stray, .providers), (.stray, .record), (.stray, .grant):
            // Nothing has to name them, so that only who opens them can tell.
            return authenticatesRecords ? found : nil
        case (.missing, .pack(let digest)), (.missing, .metaPack(let digest)):
            // A replica gets a pack before the inventory that names it.
            let replica = catalogReplicas[found.replica]
            let wasThere =
                try catalog.wasConfirmed(found.key, by: replica)
                || catalog.hasInventory(of: digest, replica)
            return found.with(wasThere ? .missing : .behind)
        case (.missing, _):
            return found.with(try freshness.kind(ofAbsent: found.key, on: found.replica))
        default: return found
        }
    }

    /// Whether it came so lately that what names it may still be on its way.
    private func isInFlight(_ found: Discrepancy, _ row: SurveyRow) -> Bool {
        guard case .present(_, let modified) = row.listed[found.replica] else { return false }
        return modified > UTCTime.now().secondsSince1970 - Self.waitingSeconds
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
