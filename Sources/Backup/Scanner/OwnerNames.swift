import Glibc
import Synchronization

/// The names of users and groups, each asked for once: behind them can be a directory service across a network.
///
/// From any thread.
package final class OwnerNames: Sendable {
    private struct Known {
        var users: [UInt32: String] = [:]
        var groups: [UInt32: String] = [:]
        var userIDs: [String: UInt32?] = [:]
        var groupIDs: [String: UInt32?] = [:]
    }

    private let known = Mutex(Known())

    package init() {}

    /// Empty where the number has no name on this machine.
    func user(_ number: UInt32) -> String {
        remembered(\.users, number) {
            Self.look(passwd(), { getpwuid_r(number, $0, $1, $2, $3) }, { String(cString: $0.pw_name) }) ?? ""
        }
    }

    /// Empty where the number has no name on this machine.
    func group(_ number: UInt32) -> String {
        remembered(\.groups, number) {
            Self.look(Glibc.group(), { getgrgid_r(number, $0, $1, $2, $3) }, { String(cString: $0.gr_name) })
                ?? ""
        }
    }

    /// nil where this machine has no user of that name.
    package func userID(_ name: String) -> UInt32? {
        remembered(\.userIDs, name) {
            Self.look(passwd(), { getpwnam_r(name, $0, $1, $2, $3) }, { $0.pw_uid })
        }
    }

    /// nil where this machine has no group of that name.
    package func groupID(_ name: String) -> UInt32? {
        remembered(\.groupIDs, name) {
            Self.look(Glibc.group(), { getgrnam_r(name, $0, $1, $2, $3) }, { $0.gr_gid })
        }
    }

    private func remembered<Key: Hashable & Sendable, Value: Sendable>(
        _ table: WritableKeyPath<Known, [Key: Value]>, _ key: Key, find: () -> Value
    ) -> Value {
        known.withLock { known in
            if let value = known[keyPath: table][key] { return value }
            let value = find()
            known[keyPath: table][key] = value
            return value
        }
    }

    private typealias Lookup<Record> = (
        UnsafeMutablePointer<Record>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<Record>?>
    ) -> Int32

    /// A getpw…_r or getgr…_r call, with more memory until it suffices. nil where there is no such record, or no
    /// answer: a backup goes on without a name.
    private static func look<Record, Value>(
        _ empty: Record, _ call: Lookup<Record>, _ value: (Record) -> Value
    ) -> Value? {
        var capacity = 1 << 10
        while capacity <= 1 << 20 {
            var record = empty
            var found: UnsafeMutablePointer<Record>?
            let memory = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
            defer { memory.deallocate() }
            let result = call(&record, memory, capacity, &found)
            if result == 0 { return found.map { value($0.pointee) } }
            guard result == ERANGE else { return nil }
            capacity *= 4
        }
        return nil
    }
}
