internal import Foundation

/// How a camera arranges its card, told by the folders that it makes at the top. A card can have several.
public enum CardLayout: String, CaseIterable, Sendable {
    /// Pictures of nearly every camera and phone (DCF, JEITA CP-3461).
    case dcim = "DCIM"
    /// Video of consumer cameras.
    case avchd = "AVCHD"
    /// Video of Sony's cameras.
    case xavc = "XAVC"
    /// Sony's professional video.
    case xdcam = "XDCAM"
    /// Panasonic's and Canon's professional video.
    case p2 = "P2/XF"

    /// Paths of folders, any of which shows the layout.
    private var folders: [[String]] {
        switch self {
        case .dcim: [["dcim"]]
        case .avchd: [["private", "avchd"], ["avchd"]]
        case .xavc: [["private", "m4root"], ["m4root"]]
        case .xdcam: [["xdroot"], ["bpav"]]
        case .p2: [["contents", "clip"], ["contents", "clips001"]]
        }
    }

    /// The layouts of what is mounted or copied at `path`; none where it is no card, or cannot be looked at.
    ///
    /// Names are compared without case: cards have FAT or exFAT, which keep it and do not mind it.
    public static func layouts(at path: String) -> [CardLayout] {
        allCases.filter { layout in layout.folders.contains { isFolder($0[...], below: path) } }
    }

    private static func isFolder(_ names: ArraySlice<String>, below path: String) -> Bool {
        guard let name = names.first else {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
        }
        let found = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return found.contains {
            $0.lowercased() == name && isFolder(names.dropFirst(), below: "\(path)/\($0)")
        }
    }
}
