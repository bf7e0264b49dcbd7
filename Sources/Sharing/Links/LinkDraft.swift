internal import Backup
internal import Crypto
internal import Vault

/// What a link is to show, before its packs have addresses.
struct LinkDraft {
    /// The packs that it needs, as the manifest counts them.
    let packs: [SHA256Digest]
    let files: [ShareManifest.File]

    /// - Parameters:
    ///   - previews: by the place of the file.
    ///   - isPreviewsOnly: whether no original can be had by the link: its keys are in nobody's hands then.
    init(_ selected: [SelectedFile], previews: [Int: Preview], isPreviewsOnly: Bool) {
        var places = PackPlaces()
        var files: [ShareManifest.File] = []
        let names = ShareName.names(of: selected.map(\.entry.path))
        for (index, file) in selected.enumerated() {
            let preview = previews[index]
            var content: [ShareManifest.Chunk]?
            if !isPreviewsOnly {
                content = file.references.map { ShareManifest.Chunk($0, pack: places.place(of: $0.pack)) }
            }
            files.append(
                ShareManifest.File(
                    name: names[index], size: Int(clamping: file.entry.size),
                    type: MediaType.named(names[index]), modified: file.entry.modified.flooredToSeconds,
                    caption: preview.flatMap { $0.caption.isEmpty ? nil : $0.caption },
                    width: preview?.width, height: preview?.height,
                    thumbnail: preview.map { ShareManifest.Picture(jpeg: $0.jpeg.base64URL) },
                    content: content))
        }
        (packs, self.files) = (places.packs, files)
    }

    func manifest(title: String?, vault: VaultID) -> ShareManifest {
        ShareManifest(title: title, vault: vault.hex, packs: [], files: files)
    }
}

/// Packs in the order in which they come up.
private struct PackPlaces {
    private(set) var packs: [SHA256Digest] = []
    private var places: [SHA256Digest: Int] = [:]

    mutating func place(of pack: SHA256Digest) -> Int {
        if let place = places[pack] { return place }
        places[pack] = packs.count
        packs.append(pack)
        return packs.count - 1
    }
}

/// A small JPEG of a picture, and what its photographer wrote to it.
public struct Preview: Sendable {
    public let jpeg: [UInt8]
    /// Of the original, upright.
    public let width: Int
    public let height: Int
    /// Empty where there is none.
    public let caption: String

    public init(jpeg: [UInt8], width: Int, height: Int, caption: String = "") {
        self.jpeg = jpeg
        self.width = width
        self.height = height
        self.caption = caption
    }
}

extension Int64 {
    /// Nanoseconds as whole seconds, rounded down.
    fileprivate var flooredToSeconds: Int64 {
        let (seconds, rest) = quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest < 0 ? seconds - 1 : seconds
    }
}
