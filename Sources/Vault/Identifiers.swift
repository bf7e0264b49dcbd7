internal import Crypto

/// A name of 16 bytes, written as 32 lowercase hexadecimal digits.
public protocol Identifier: Hashable, Sendable, CustomStringConvertible {
    var bytes: [UInt8] { get }
    init(unchecked bytes: [UInt8])
}

extension Identifier {
    public static var byteCount: Int { 16 }

    /// nil for anything but 16 bytes.
    public init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.byteCount else { return nil }
        self.init(unchecked: bytes)
    }

    /// nil for anything but 32 lowercase hexadecimal digits.
    public init?(hex: some StringProtocol) {
        guard let bytes = [UInt8](hex: hex) else { return nil }
        self.init(bytes)
    }

    public var hex: String { bytes.hex }
    public var description: String { hex }
}

/// A vault's name: random.
public struct VaultID: Identifier {
    public let bytes: [UInt8]
    public init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    public static func random() -> VaultID { VaultID(unchecked: randomBytes(byteCount)) }
}

/// A collection's name: a keyed hash of its first name, so that two machines make the same.
public struct CollectionID: Identifier {
    public let bytes: [UInt8]
    public init(unchecked bytes: [UInt8]) { self.bytes = bytes }
}

/// A grant's name: random, so that it does not tell who was given what; those that take its place have the same.
public struct GrantID: Identifier {
    public let bytes: [UInt8]
    public init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    public static func random() -> GrantID { GrantID(unchecked: randomBytes(byteCount)) }
}

/// A machine's name: a keyed hash of what the machine calls itself, so that it needs no memory of its own.
public struct DeviceID: Identifier {
    public let bytes: [UInt8]
    public init(unchecked bytes: [UInt8]) { self.bytes = bytes }
}
