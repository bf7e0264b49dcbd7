internal import Glibc
internal import Vault

/// What `find` looks for: all of what is set must hold.
public struct FileFilter: Sendable {
    /// How much of a file the replicas have confirmed.
    public enum State: String, CaseIterable, Sendable {
        /// Every replica has all of it.
        case whole
        /// Some replica has all of it, another has not.
        case behind
        /// No replica has all of it.
        case lost
    }

    /// Patterns of names as in a shell (`*`, `?`, `[a-z]`), of which one must match the whole last name. Case does not
    /// matter.
    public var names: [String] = []
    /// In bytes; both ends count.
    public var sizes: ClosedRange<UInt64> = 0...UInt64.max
    /// Modification times, in nanoseconds since 1970.
    public var modified: ClosedRange<Int64> = Int64.min...Int64.max
    public var state: State?
    /// When a picture was taken: as `PictureFacts.taken`. nil: whenever.
    public var taken: ClosedRange<Int64>?
    /// A part of the camera's maker and model, whatever its case. nil: any.
    public var camera: String?

    public init() {}

    /// Whether name, size and time are those that are looked for.
    func matches(_ entry: Entry) -> Bool {
        entry.kind == .file && sizes.contains(entry.size) && modified.contains(entry.modified)
            && (names.isEmpty || names.contains { Self.matches(entry.path, $0) })
    }

    /// Whether what a camera wrote decides.
    var needsPictureFacts: Bool { taken != nil || camera != nil }

    func matches(_ facts: PictureFacts) -> Bool {
        let isInTime = taken.map { taken in facts.taken.map(taken.contains) ?? false } ?? true
        let isCamera =
            camera.map { facts.camera?.lowercased().contains($0.lowercased()) ?? false } ?? true
        return isInTime && isCamera
    }

    private static func matches(_ path: EntryPath, _ pattern: String) -> Bool {
        let name = path.components[path.components.count - 1]
        return matches(name, Array(pattern.utf8))
            || composed(Array(pattern.utf8)).map { matches(composed(name) ?? Array(name), $0) } ?? false
    }

    private static func matches(_ name: some Sequence<UInt8>, _ pattern: [UInt8]) -> Bool {
        fnmatch(
            pattern.map(CChar.init(bitPattern:)) + [0], name.map(CChar.init(bitPattern:)) + [0], ignoringCase)
            == 0
    }

    /// FNM_CASEFOLD of glibc, which its headers hide from Swift.
    private static let ignoringCase: CInt = 1 << 4
}
