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

/// A generator whose every sequence can be had again from its seed (SplitMix64, Steele et al. 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
