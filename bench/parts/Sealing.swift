import Crypto
import ObjectStore
import Vault

/// As the pipeline hashes: in pieces of 256 KiB, and small ones.
var hashing: [Part] {
    let large = randomBytes(4 << 20)
    let small = randomBytes(3000)
    let keys = VaultKeys(vault: .random(), masterKey: SecretBytes(copying: randomBytes(32).span.bytes))
    return [
        Part("hashing: SHA-256 of 4 MiB", .bytes(large.count)) { consume(SHA256.hash(large)) },
        Part("hashing: chunk id of 4 MiB", .bytes(large.count)) {
            consume(HMACSHA256.authenticate(large.span.bytes, key: keys.contentKey))
        },
        Part("hashing: chunk ids of 3,000 bytes", .operations(1000)) {
            var mac = HMACSHA256(key: keys.contentKey)
            for _ in 0..<1000 {
                mac.update(small.span.bytes)
                consume(mac.finalize())
            }
        },
    ]
}

/// Packs of chunks, large and small, sealed and hashed into memory that is used again, and opened.
var sealing: [Part] {
    let vault = VaultID.random()
    let memory = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Format.maximumPackByteCount, alignment: 4096)
    let photo = randomBytes(Format.chunkByteCount)
    let sidecar = randomBytes(3000)
    let text = Array(repeating: Array("<rdf:li>a word and another</rdf:li>\n".utf8), count: 100).flatMap(
        \.self)

    func pack(_ chunk: [UInt8], count: Int, _ compressor: Compressor? = nil) -> (PackWriter, [SealedPlace]) {
        let writer = PackWriter(vault: vault, bytes: ObjectBytes(memory: memory, count: 0) { _ in })
        return (writer, (0..<count).map { _ in writer.append(chunk, role: .content, compressor: compressor) })
    }
    func opening(_ chunk: [UInt8]) -> () throws -> Void {
        let (writer, places) = pack(chunk, count: 1)
        let (digest, bytes) = writer.finish()
        let sealed = bytes.array
        let reference = Reference(pack: digest, place: places[0], chunkID: nil)
        let reader = ChunkReader(vault: vault, contentKey: nil)
        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk.count, alignment: 4096)
        return { try sealed.withUnsafeBytes { try reader.open($0, reference, role: .content, into: output) } }
    }
    let compressor = Compressor()
    let (openPhoto, openSidecar) = (opening(photo), opening(sidecar))
    return [
        Part("sealing: a pack of 4 MiB chunks, with its hash", .bytes(4 * photo.count)) {
            consume(pack(photo, count: 4).0.finish())
        },
        Part("sealing: chunks of 3,000 bytes, with the hash", .operations(5000)) {
            consume(pack(sidecar, count: 5000).0.finish())
        },
        Part("sealing: 3,600 bytes of text, compressed", .operations(1000)) {
            consume(pack(text, count: 1000, compressor).0.finish())
        },
        Part("opening: a chunk of 4 MiB", .bytes(photo.count)) { try openPhoto() },
        Part("opening: chunks of 3,000 bytes", .operations(1000)) { for _ in 0..<1000 { try openSidecar() } },
    ]
}
