public import Vault

/// Files that systems put beside pictures, and that say nothing to a person.
public enum SystemFile {
    /// In lower case: file systems that such files come from do not mind the case.
    private static let names: Set = [
        ".ds_store", ".localized", ".apdisk", ".volumeicon.icns", "thumbs.db", "ehthumbs.db", "desktop.ini",
        ".directory", ".nomedia", "indexervolumeguid",
    ]
    private static let folders: Set = [
        ".spotlight-v100", ".trashes", ".fseventsd", ".temporaryitems", ".documentrevisions-v100",
        ".appledouble", "__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information",
    ]

    /// Whether the file is one, or lies in a folder of such files.
    public static func isOne(_ path: EntryPath) -> Bool {
        let components = path.components.map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard let name = components.last else { return false }
        // Half of a file that macOS could not put anywhere else (AppleDouble).
        return name.hasPrefix("._") || names.contains(name)
            || components.dropLast().contains(where: folders.contains)
    }
}
