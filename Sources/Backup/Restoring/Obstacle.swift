internal import Vault

/// What has an entry's place, and is not the entry.
struct Obstacle {
    /// What can be done about one that `--overwrite` leaves.
    static let remedy = "move it away, or restore to another folder"

    let reason: String
    /// Whether a file or link may take its place.
    let isReplaceable: Bool

    /// nil where nothing is in the way.
    init?(_ existing: RestoreTarget.Existing, for entry: Entry) {
        let (name, isFolder): (String, Bool)
        switch existing {
        case .none: return nil
        case .folder where entry.kind == .directory: return nil
        case .folder: (name, isFolder) = ("a folder", true)
        case .file: (name, isFolder) = ("a file", false)
        case .link: (name, isFolder) = ("a link", false)
        case .other: (name, isFolder) = ("a pipe, socket or device", false)
        }
        isReplaceable = !isFolder && entry.kind != .directory
        reason = isReplaceable ? "something else is there already" : "\(name) is there already"
    }
}
