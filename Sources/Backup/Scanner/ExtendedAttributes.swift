internal import CLinux
import Glibc
internal import Vault

/// The extended attributes of a file or folder, access control lists among them, as far as they could be read.
struct AttributeReading: Sendable {
    /// Sorted by name.
    var attributes: [Entry.ExtendedAttribute] = []
    var missing: MissingAttributes?
}

/// Attributes that are there, or may be, and could not be read. They never cost the content.
struct MissingAttributes: Hashable, Sendable {
    /// nil where not even the names are known.
    let names: Set<[UInt8]>?
    /// What is missing and why, for people.
    let reason: String

    /// What could be read, with what an earlier snapshot has of the rest.
    func filled(_ read: [Entry.ExtendedAttribute], from before: Entry?) -> [Entry.ExtendedAttribute] {
        let known = (before?.extendedAttributes ?? []).filter { names?.contains($0.name) ?? true }
        return (read + known).sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
}

extension AttributeReading {
    /// Reads what `descriptor` has open.
    ///
    /// None where the file system has none. Attributes of the system that this user may not read are left out without a
    /// word, as they are nobody's data; whatever else cannot be read is `missing`.
    init(of descriptor: Int32) {
        let names: [[UInt8]]
        do throws(SystemFailure) {
            names = try Self.names(of: descriptor)
        } catch {
            missing = MissingAttributes(
                names: nil, reason: "its extended attributes could not be read: \(error)")
            return
        }
        var unread: Set<[UInt8]> = []
        var failure: SystemFailure?
        for name in names {
            do throws(SystemFailure) {
                let value = try name.withCString { (name) throws(SystemFailure) in
                    try grownBuffer { clinux_fgetxattr(descriptor, name, $0.baseAddress, $0.count) }
                }
                attributes.append(Entry.ExtendedAttribute(name: name, value: value))
            } catch  where !Self.isNobodys(name, error) {
                unread.insert(name)
                failure = failure ?? error
            } catch {}
        }
        guard let failure else { return }
        let list = unread.sorted { $0.lexicographicallyPrecedes($1) }.map { displayed($0) }
        missing = MissingAttributes(
            names: unread,
            reason: "its extended attribute\(list.count == 1 ? "" : "s") \(list.joined(separator: ", ")) "
                + "could not be read: \(failure)")
    }

    private static func names(of descriptor: Int32) throws(SystemFailure) -> [[UInt8]] {
        do throws(SystemFailure) {
            let names = try grownBuffer {
                clinux_flistxattr(descriptor, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
            }
            return names.split(separator: 0).map(Array.init).sorted { $0.lexicographicallyPrecedes($1) }
        } catch {
            if error.number == ENOTSUP || error.number == ENOSYS { return [] }
            throw error
        }
    }

    /// Whether an attribute that cannot be read is none that anybody could miss: removed since the names were listed, or
    /// the system's own and refused.
    private static func isNobodys(_ name: [UInt8], _ failure: SystemFailure) -> Bool {
        if failure.number == ENODATA { return true }
        return !name.starts(with: "user.".utf8)
            && [EACCES, EPERM, ENOTSUP, ENOSYS].contains(failure.number)
    }
}

/// What `call` writes, asked first with no buffer for how much that is; again if it grew in between (ERANGE), and with
/// ever more room, as some file systems do not tell the truth about it.
private func grownBuffer(
    _ call: (UnsafeMutableRawBufferPointer) -> Int
) throws(SystemFailure) -> [UInt8] {
    for attempt in 0..<10 {
        let needed = try checked { call(UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
        guard needed > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: needed << attempt)
        let count = bytes.withUnsafeMutableBytes(call)
        if count >= 0 { return Array(bytes[..<count]) }
        guard errno == ERANGE || errno == EINTR else { throw .last }
    }
    throw SystemFailure(ERANGE)
}
