import Crypto
import ObjectStore
import Replicator

/// A pack with its name, as the vault would store it.
struct Pack {
    let bytes: [UInt8]
    let digest: SHA256Digest
    let key: ObjectKey

    init(_ bytes: [UInt8] = Array("sealed chunks".utf8)) {
        self.bytes = bytes
        digest = SHA256.hash(bytes)
        key = ObjectKey("packs/\(digest.hex.prefix(2))/\(digest.hex)")!
    }

    var object: NeededObject { NeededObject(key: key, byteCount: bytes.count) }
}

extension ReplicaSet {
    func put(_ pack: Pack) async -> [PutOutcome] {
        await put(pack.key, ObjectBytes(pack.bytes), sha256: pack.digest)
    }
}

extension PutOutcome {
    /// `stored`, or what failed, for comparison.
    var summary: String {
        switch answer {
        case .stored: "stored"
        case .failed(let error): "failed: \(error.code)"
        case .skipped(let error): "skipped: \(error.code)"
        }
    }
}
