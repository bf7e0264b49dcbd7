internal import Glibc
public import Vault

/// This machine, as it is named in snapshots: for each of its users one by itself, so that nobody's backup is taken
/// for the next one of another's.
public struct Device: Sendable {
    public let id: DeviceID
    public let host: String

    init(host: String, user: LocalUser, keys: VaultKeys) {
        id = keys.deviceID(name: Self.name(host: host, machine: Self.machineID, user: user))
        self.host = host
    }

    /// What the device calls itself for good: the host, the machine's systemd id, and every user but its owner.
    static func name(host: String, machine: String?, user: LocalUser) -> String {
        let lines = user.isOwner ? [host, machine] : [host, machine ?? "", user.name]
        return lines.compactMap(\.self).joined(separator: "\n")
    }

    /// The first line of `/etc/machine-id`; nil where there is none.
    private static var machineID: String? {
        guard let file = fopen("/etc/machine-id", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        return String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init), as: UTF8.self)
    }
}

/// A user of this machine.
public struct LocalUser: Hashable, Sendable {
    public let number: UInt32
    public let name: String

    public init(number: UInt32, name: String) {
        self.number = number
        self.name = name
    }

    /// Whom this process works for.
    public static var current: LocalUser {
        let number = geteuid()
        let name = OwnerNames().user(number)
        return LocalUser(number: number, name: name.isEmpty ? "\(number)" : name)
    }

    /// The administrator, or the first user that Linux systems make: mostly one and the same person, who backs up now
    /// from cron and then by hand.
    ///
    /// Source: `UID_MIN` in `login.defs(5)`.
    var isOwner: Bool { number == 0 || number == 1000 }
}
