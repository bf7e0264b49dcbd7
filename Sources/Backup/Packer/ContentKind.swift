internal import Vault

/// How a file's content is cut, compressed and packed, by the ending of its name.
enum ContentKind: Sendable {
    /// Compressed already: not tried again.
    case compressed
    /// Changes in places, or is a log of what does: cut small, and packed apart from photos.
    case database
    case other

    init(name: [UInt8]) {
        let name = DatabaseFiles.main(of: name) ?? name
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else {
            self = .other
            return
        }
        let ending = String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()
        self =
            Self.databaseEndings.contains(ending)
            ? .database : Self.compressedEndings.contains(ending) ? .compressed : .other
    }

    var chunkByteCount: Int {
        self == .database ? Format.databaseChunkByteCount : Format.chunkByteCount
    }

    private static let databaseEndings: Set<String> = [
        "lrcat", "lrcat-data", "lrcat-wal", "cocatalog", "cocatalogdb", "cosessiondb", "sqlite", "sqlite3",
        "sqlitedb", "db", "db3", "photoslibrary", "apdb",
    ]

    private static let compressedEndings: Set<String> = [
        "jpg", "jpeg", "jpe", "jxl", "jp2", "heic", "heif", "hif", "avif", "webp", "png", "gif",
        "cr3", "nef", "nrw", "arw", "raf", "orf", "rw2", "pef", "srw", "3fr", "iiq", "x3f",
        "mp4", "m4v", "mov", "avi", "mkv", "mts", "m2ts", "mpg", "mpeg", "webm", "insv", "r3d", "braw", "crm",
        "mp3", "m4a", "aac", "flac", "ogg", "opus", "zip", "gz", "bz2", "xz", "zst", "7z", "rar", "lrprev",
        "pdf", "docx", "xlsx",
    ]
}
