internal import Glibc
internal import Vault

/// Whose word an entry is, which decides what of it is believed.
enum EntryOrigin: Sendable {
    case ownVault
    /// Somebody who has given a collection or a link.
    case others

    /// Whether files get the owners that their entries name, which only root can give them.
    var setsOwners: Bool { self == .ownVault && geteuid() == 0 }

    /// The entry with nothing that lends rights to anybody, or on this machine to people that its giver chose: of what others
    /// gave, the nine bits of the mode and attributes of the user (`user.…`) alone. No set-id bit, no capability, no list of
    /// access rights, no label of the system.
    func harmless(_ entry: Entry) -> Entry {
        guard self == .others else { return entry }
        var entry = entry
        entry.mode &= 0o777
        entry.extendedAttributes.removeAll { !$0.name.starts(with: "user.".utf8) }
        return entry
    }
}
