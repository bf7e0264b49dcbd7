internal import Crypto
public import Vault

/// A share's name: random, and public.
public struct ShareID: Identifier {
    public let bytes: [UInt8]
    public init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    static func random() -> ShareID { ShareID(unchecked: randomBytes(byteCount)) }
}
