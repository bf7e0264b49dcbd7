internal import Foundation
import Glibc
internal import Vault

/// What this program itself keeps on this machine: the replicas in the directories of providers, the state folder, and
/// its mounts. A backup that took them in would store the vault in itself, more of it with every run.
///
/// They are known by device and inode, and mounts by their file system's kind, so that links, bind mounts and other paths
/// hide none of them. What else lies in a provider's directory is backed up as anything is.
public struct OwnPlaces: Sendable {
    /// A folder, and what a person calls it: "the replica of provider shelf".
    public struct Place: Hashable, Sendable {
        public let path: String
        public let what: String
        /// Whether only the folders of a replica in it are this program's, and not all of it.
        public let isReplica: Bool

        static func replica(of provider: String, at path: String) -> Place {
            Place(path: path, what: "the replica of provider \(provider)", isReplica: true)
        }

        static func state(at path: String) -> Place {
            Place(path: path, what: "the state folder of photobackup", isReplica: false)
        }

        static func mount(at path: String) -> Place {
            Place(path: path, what: "snapshots that photobackup shows there", isReplica: false)
        }
    }

    static let none = OwnPlaces([])

    /// As `/proc/self/mountinfo` calls the mounts of `photobackup mount`.
    static let mountKind = "fuse.photobackup"

    let places: [Place]

    init(_ places: [Place]) { self.places = places }

    /// Those at or below a folder, by the paths at which they are met there. Blocks.
    public func below(_ folder: String) -> [Place] {
        guard let top = Identity(path: folder), let real = realPath(folder) else { return [] }
        var known = KnownOwnPlaces(self)
        // Other paths of a place, as a bind mount, are in the kernel's table.
        let mounted = MountTable().mounts.filter { $0.point.isAtOrBelow(real) }.compactMap { mount in
            mount.kind == Self.mountKind
                ? Place.mount(at: mount.point)
                : Identity(path: mount.point).flatMap { known.place($0, in: $0.device) }
                    .map { Place(path: mount.point, what: $0.what, isReplica: $0.isReplica) }
        }
        let own = places.filter { place in ancestors(of: place.path).contains { Identity(path: $0) == top } }
        var seen: Set<String> = []
        return (own + mounted).filter { seen.insert(realPath($0.path) ?? $0.path).inserted }
    }

    /// The place that a folder is, or lies in, so that nothing in it is ever backed up; nil if in none. Blocks.
    public func around(_ folder: String) -> Place? {
        guard let handle = try? DirectoryHandle(path: folder) else { return nil }
        var known = KnownOwnPlaces(self)
        return known.around(handle)
    }

    /// The path without links, and what it lies in, from the inside out; a path that is not there has none.
    private func ancestors(of path: String) -> [String] {
        guard var current = realPath(path) else { return [] }
        var all = [current]
        while current != "/", let slash = current.lastIndex(of: "/") {
            current = slash == current.startIndex ? "/" : String(current[..<slash])
            all.append(current)
        }
        return all
    }

    private func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}

/// What the kernel calls a folder, whatever path leads to it.
struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ status: FileStatus) { (device, inode) = (status.device, status.inode) }

    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }
}

/// Own places as they were when a walk began, and the mounts that it meets.
struct KnownOwnPlaces: Sendable {
    /// What a replica's directory holds at its top. The last one is where a `DirectoryStore` writes.
    static let replicaNames: Set<[UInt8]> = Set(
        (ObjectName.folders.map { String($0.dropLast()) } + ["probe", "shares", "README.txt", ".tmp~"])
            .map { Array($0.utf8) })

    private var places: [Identity: OwnPlaces.Place] = [:]
    /// Whether what is on a device is a mount of this program.
    private var devices: [UInt64: Bool] = [:]

    /// Blocks.
    init(_ own: OwnPlaces) {
        for place in own.places {
            if let identity = Identity(path: place.path) { places[identity] = place }
        }
    }

    /// What a folder is, if it is one of them.
    ///
    /// - Parameter outer: the device of what it lies in, whose mounts are known not to be this program's; nil where
    ///   nothing is known.
    mutating func place(_ folder: Identity, in outer: UInt64?) -> OwnPlaces.Place? {
        if !places.isEmpty, let place = places[folder] { return place }
        guard folder.device != outer else { return nil }
        let isOwn =
            devices[folder.device]
            ?? MountTable().mounts.contains { $0.device == folder.device && $0.kind == OwnPlaces.mountKind }
        devices[folder.device] = isOwn
        return isOwn ? .mount(at: "") : nil
    }

    /// The place that an open folder is or lies in, so that nothing in it is ever backed up.
    mutating func around(_ folder: DirectoryHandle) -> OwnPlaces.Place? {
        var current = folder
        var inner: Identity?
        while let status = try? current.status() {
            let identity = Identity(status)
            if let place = place(identity, in: nil) {
                guard place.isReplica else { return place }
                // In what else is in that directory there is nothing of this program.
                if let inner, Self.isOfReplica(inner, in: current) { return place }
            }
            guard let outer = try? DirectoryHandle("..", in: current), let above = try? outer.status(),
                Identity(above) != identity
            else { return nil }
            (current, inner) = (outer, identity)
        }
        return nil
    }

    private static func isOfReplica(_ folder: Identity, in directory: DirectoryHandle) -> Bool {
        replicaNames.contains { name in
            (try? directory.status(of: name)).map { Identity($0) == folder } ?? false
        }
    }

    /// Whether a folder that may not be opened is a mount of this program: somebody else's shows nothing to anybody, root
    /// included, and its place in the kernel's table tells what it is.
    func isForeignMount(_ name: UnsafePointer<CChar>, in folder: Int32) -> Bool {
        // O_PATH, which opens the place and nothing in it, and is no constant that Swift imports.
        let descriptor = openat(folder, name, 0o10000000 | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let facts = FileManager.default.contents(atPath: "/proc/self/fdinfo/\(descriptor)") ?? Data()
        let line = String(decoding: facts, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("mnt_id:")
        }
        guard let id = line.flatMap({ Int($0.dropFirst(7).trimmingCharacters(in: .whitespaces)) }) else {
            return false
        }
        return MountTable().mounts.contains { $0.id == id && $0.kind == OwnPlaces.mountKind }
    }
}

extension String {
    fileprivate func isAtOrBelow(_ folder: String) -> Bool {
        self == folder || folder == "/" || hasPrefix(folder + "/")
    }
}
