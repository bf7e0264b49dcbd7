internal import Backup
internal import ObjectStore
internal import Terminal
internal import Vault

extension ReplicaStanding {
    /// How the replica stands, in one line: what it misses, since when, and why.
    var line: String {
        var parts: [String] = []
        if let expiry { parts.append(singleLine(expiry.text)) }
        if isWhole { return (["whole"] + parts).joined(separator: "; ") }
        if isAway {
            parts.append("away")
        } else if let failure {
            parts.append("\(isUnreachable ? "unreachable" : "not usable"): \(singleLine(failure))")
        }
        if damageCount > 0 { parts.append("damaged: \(HumanReadable.count(damageCount, "object"))") }
        if packsMissing + objectsMissing > 0 {
            parts.append(
                "behind by \(HumanReadable.count(packsMissing + objectsMissing, "object")), "
                    + HumanReadable.bytes(Int(clamping: bytesMissing)))
        }
        if let behindSince { parts.append("since \(behindSince.iso8601)") }
        if failure == nil, let reason { parts.append("when last tried: \(singleLine(reason))") }
        return parts.joined(separator: "; ")
    }
}

extension ReplicaStanding {
    /// What a person can do about what keeps it from being whole, or will.
    var cure: String? { hint ?? (expiry == nil ? nil : AnnouncedExpiry.hint) }
}
