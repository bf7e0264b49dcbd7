import Crypto
import ObjectStore
import Vault

/// A page of about a thousand files, as a run over many files makes them.
var pages: [Part] {
    let content = randomBytes(3000)
    let writer = PackWriter(vault: .random(), bytes: ObjectBytes(capacity: Format.maximumPackByteCount))
    let places = (0..<1024).map { _ in writer.append(content, role: .content, compressor: nil) }
    let digest = writer.finish().digest
    let entries = places.enumerated().map { number, place in
        var entry = Entry(path: EntryPath("photos/2026/11/IMG_\(10_000 + number).jpg".utf8)!, kind: .file)
        entry.size = 3000
        entry.modified = 1_795_000_000_000_000_000 + Int64(number)
        entry.changed = entry.modified
        entry.inode = UInt64(number)
        entry.mode = 0o644
        (entry.owner, entry.group) = ("photographer", "users")
        (entry.ownerID, entry.groupID) = (1000, 100)
        entry.content = [
            Reference(pack: digest, place: place, chunkID: SHA256.hash(Array("\(number)".utf8)))
        ]
        return entry
    }
    let encoded = Page.encode(entries)
    return [
        Part("pages: an entry encoded", .operations(entries.count)) { consume(Page.encode(entries)) },
        Part("pages: an entry decoded", .operations(entries.count)) { consume(try Page.decode(encoded)) },
        Part("pages: a path's boundary", .operations(entries.count)) {
            consume(entries.count { PageCutter.isBoundary($0.path) })
        },
        Part("pages: a path made from bytes", .operations(1000)) {
            for _ in 0..<1000 { consume(EntryPath("photos/2026/11/IMG_10000.jpg".utf8)) }
        },
    ]
}
