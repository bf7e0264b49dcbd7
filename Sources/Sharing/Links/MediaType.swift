internal import Vault

/// What a browser is told that a file is, by the end of its name.
///
/// Source: IANA's media types registry; formats of cameras have no registered ones.
enum MediaType {
    private static let types = [
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif",
        "webp": "image/webp", "avif": "image/avif", "bmp": "image/bmp", "heic": "image/heic",
        "heif": "image/heif", "tif": "image/tiff", "tiff": "image/tiff", "dng": "image/x-adobe-dng",
        "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "mov": "video/quicktime",
        "pdf": "application/pdf", "txt": "text/plain", "xmp": "application/rdf+xml",
    ]

    /// Of pictures that no browser shows.
    private static let raw: Set = [
        "3fr", "arw", "cr2", "cr3", "dng", "erf", "fff", "gpr", "iiq", "jpe", "jxl", "mef", "mos", "mrw",
        "nef", "nrw",
        "orf", "pef", "psd", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
    ]

    /// Whether a file is a picture, by its name.
    static func isPicture(_ path: EntryPath) -> Bool {
        let name = String(decoding: path.bytes, as: UTF8.self)
        guard let dot = name.lastIndex(of: ".") else { return false }
        return raw.contains(name[name.index(after: dot)...].lowercased())
            || named(name)?.hasPrefix("image/") ?? false
    }

    /// nil where nothing is known of it.
    static func named(_ name: String) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return types[name[name.index(after: dot)...].lowercased()]
    }
}
