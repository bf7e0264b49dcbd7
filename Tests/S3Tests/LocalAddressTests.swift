import Glibc
import Testing

@testable import S3

/// Where a stranger's link may not lead, and where it may.
@Suite struct LocalAddressTests {
    private func isLocal(_ text: String) throws -> Bool {
        if text.contains(":") {
            var bytes = [UInt8](repeating: 0, count: 16)
            try #require(inet_pton(AF_INET6, text, &bytes) == 1)
            return LocalAddress.isLocal(v6: bytes)
        }
        var bytes = [UInt8](repeating: 0, count: 4)
        try #require(inet_pton(AF_INET, text, &bytes) == 1)
        return LocalAddress.isLocal(v4: bytes)
    }

    @Test(arguments: [
        "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.250", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:192.168.1.1", "::127.0.0.1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::", "2002:c0a8:101::1", "2001::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1",
        "ff02::1",
        "100::1",
    ])
    func thisMachineAndItsNetworksAreLocal(address: String) throws {
        #expect(try isLocal(address))
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255",
        "128.0.0.1",
        "169.253.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "192.167.0.1", "192.169.0.1", "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700::1111", "2002:808:808::1",
        "2a00:1450:4001::1", "2001:4860:4860::8888",
    ])
    func theInternetIsNot(address: String) throws {
        #expect(try !isLocal(address))
    }
}
