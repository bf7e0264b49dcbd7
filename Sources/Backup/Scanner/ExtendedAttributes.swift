internal import CLinux
import Glibc
internal import Vault

/// The extended attributes of what `descriptor` has open, sorted by name.
///
/// None where the file system has none. Attributes of the system that may not be read are left out; throws for
/// one of the user's (`user.…`).
func extendedAttributes(of descriptor: Int32) throws(SystemFailure) -> [Entry.ExtendedAttribute] {
    var attributes: [Entry.ExtendedAttribute] = []
    for name in try extendedAttributeNames(of: descriptor) {
        do throws(SystemFailure) {
            let value = try name.withCString { (name) throws(SystemFailure) in
                try grownBuffer { clinux_fgetxattr(descriptor, name, $0.baseAddress, $0.count) }
            }
            attributes.append(Entry.ExtendedAttribute(name: name, value: value))
        } catch {
            // Removed since the names were listed.
            if error.number == ENODATA { continue }
            if name.starts(with: "user.".utf8) { throw error }
        }
    }
    return attributes
}

private func extendedAttributeNames(of descriptor: Int32) throws(SystemFailure) -> [[UInt8]] {
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

/// What `call` writes, asked first with no buffer for how much that is; again if it grew in between (ERANGE).
private func grownBuffer(
    _ call: (UnsafeMutableRawBufferPointer) -> Int
) throws(SystemFailure) -> [UInt8] {
    while true {
        let needed = try checked { call(UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
        guard needed > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: needed)
        let count = bytes.withUnsafeMutableBytes(call)
        if count >= 0 { return Array(bytes[..<count]) }
        guard errno == ERANGE || errno == EINTR else { throw .last }
    }
}
