internal import Glibc

/// Addresses that lead no further than this machine and the networks that it is in, or to no single host at all: what a
/// stranger's link has no business with.
///
/// Source: IANA's registries of special-purpose addresses (RFC 6890 and those after it).
struct LocalAddress {
    /// For people, as `192.168.1.1`.
    let text: String

    /// nil where it is an address of the internet, or of no family that has such.
    init?(_ address: UnsafePointer<sockaddr>) {
        let isLocal =
            switch CInt(address.pointee.sa_family) {
            case AF_INET: Self.isLocal(v4: Self.bytes(address, at: 4, count: 4))
            case AF_INET6: Self.isLocal(v6: Self.bytes(address, at: 8, count: 16))
            // A socket of this machine.
            default: true
            }
        guard isLocal else { return nil }
        text = Self.text(address)
    }

    static func isLocal(v4 bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1]) {
        // This host, private networks, loopback, multicast and what is reserved.
        case (0, _), (10, _), (127, _), (224..., _): true
        // Of a provider's own network; link-local; private networks.
        case (100, 64...127), (169, 254), (172, 16...31), (192, 168): true
        // Protocols' own; for examples; for measurements.
        case (192, 0): bytes[2] == 0 || bytes[2] == 2
        case (198, 18...19): true
        case (198, 51): bytes[2] == 100
        case (203, 0): bytes[2] == 113
        default: false
        }
    }

    static func isLocal(v6 bytes: [UInt8]) -> Bool {
        let isFirstHalfZero = bytes[0..<8].allSatisfy { $0 == 0 }
        if isFirstHalfZero {
            // Unspecified and loopback; an address of version 4 in the place of one, mapped or as of old.
            return bytes[8..<10].allSatisfy { $0 == 0 } && bytes[10..<12].allSatisfy { $0 == 0xff }
                ? isLocal(v4: Array(bytes[12...])) : true
        }
        // Version 4 behind a translator (RFC 6052, RFC 8215), and in a tunnel (RFC 3056).
        if bytes.starts(with: [0, 0x64, 0xff, 0x9b]) {
            return bytes[4] != 0 || bytes[5] != 0 || isLocal(v4: Array(bytes[12...]))
        }
        if bytes.starts(with: [0x20, 0x02]) { return isLocal(v4: Array(bytes[2..<6])) }
        // What is not of the internet (2000::/3): unique local, link-local, site-local, multicast, reserved. And Teredo.
        return bytes[0] & 0xe0 != 0x20 || bytes.starts(with: [0x20, 0x01, 0, 0])
    }

    private static func bytes(_ address: UnsafePointer<sockaddr>, at offset: Int, count: Int) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(address) + offset, count: count))
    }

    private static func text(_ address: UnsafePointer<sockaddr>) -> String {
        let family = CInt(address.pointee.sa_family)
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let place = UnsafeRawPointer(address) + (family == AF_INET ? 4 : 8)
        guard [AF_INET, AF_INET6].contains(family),
            inet_ntop(family, place, &text, socklen_t(text.count)) != nil
        else { return "a socket of this machine" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
