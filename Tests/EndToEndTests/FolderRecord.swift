import CLinux
import Crypto
import Foundation

/// All of a folder that a restore has to bring back, by the paths below it.
struct FolderRecord: Equatable {
    struct Item: Equatable {
        var mode: mode_t
        var modified: [Int]
        var owner: [UInt32]
        var content: String
        var attributes: [String: [UInt8]]
    }

    private(set) var items: [[UInt8]: Item] = [:]

    /// - Throws: `SystemError` for what cannot be read.
    init(_ folder: String) throws { try add(Array(folder.utf8), as: []) }

    /// One line for each path that is not the same in `other`; empty for equal folders.
    func differences(from other: FolderRecord) -> [String] {
        let paths = Set(items.keys).union(other.items.keys)
        return paths.sorted { $0.lexicographicallyPrecedes($1) }.compactMap { path in
            let (mine, theirs) = (items[path], other.items[path])
            guard mine != theirs else { return nil }
            func text(_ item: Item?) -> String { item.map { "\($0)" } ?? "nothing" }
            return "\(String(decoding: path, as: UTF8.self)): \(text(mine)) instead of \(text(theirs))"
        }
    }

    /// The same where nothing may be written; a link has no mode of its own.
    var withoutWriting: FolderRecord {
        var record = self
        for (path, item) in items where item.mode & S_IFMT != S_IFLNK {
            record.items[path]!.mode = item.mode & ~0o222
        }
        return record
    }

    private mutating func add(_ path: [UInt8], as name: [UInt8]) throws {
        var status = stat()
        _ = try check("lstat", lstat(cString(path), &status))
        var item = Item(
            mode: status.st_mode, modified: [status.st_mtim.tv_sec, status.st_mtim.tv_nsec],
            owner: [status.st_uid, status.st_gid], content: "", attributes: [:])
        if status.st_mode & S_IFMT == S_IFLNK {
            item.content = try Self.target(of: path)
        } else {
            let descriptor = try check("open", open(cString(path), O_RDONLY | O_NOFOLLOW))
            defer { close(descriptor) }
            item.attributes = try Self.attributes(of: descriptor)
            if status.st_mode & S_IFMT == S_IFDIR {
                for child in try names(in: path) {
                    try add(
                        path + [UInt8(ascii: "/")] + child,
                        as: name.isEmpty ? child : name + [UInt8(ascii: "/")] + child)
                }
            } else {
                item.content = "\(status.st_size) bytes, \(try Self.digest(of: descriptor))"
            }
        }
        items[name] = item
    }

    private static func target(of path: [UInt8]) throws -> String {
        var target = [CChar](repeating: 0, count: 4096)
        let count = try check("readlink", readlink(cString(path), &target, target.count))
        return target[..<count].map(UInt8.init(bitPattern:)).hex
    }

    private static func digest(of descriptor: CInt) throws -> String {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var hash = SHA256()
        while case let count = try check("read", read(descriptor, &buffer, buffer.count)), count > 0 {
            hash.update(UnsafeRawBufferPointer(rebasing: buffer.withUnsafeBytes { $0[..<count] }))
        }
        return hash.finalize().hex
    }

    private static func attributes(of descriptor: CInt) throws -> [String: [UInt8]] {
        var names = [CChar](repeating: 0, count: 1 << 16)
        let count = try check("flistxattr", clinux_flistxattr(descriptor, &names, names.count))
        let list = names[..<count].split(separator: 0).map {
            String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        var attributes: [String: [UInt8]] = [:]
        for name in list where name.hasPrefix("user.") {
            var value = [UInt8](repeating: 0, count: 1 << 16)
            let count = try check("fgetxattr", clinux_fgetxattr(descriptor, name, &value, value.count))
            attributes[name] = Array(value[..<count])
        }
        return attributes
    }
}

/// The names in a folder, as bytes.
func names(in path: [UInt8]) throws -> [[UInt8]] {
    guard let stream = opendir(cString(path)) else { throw SystemError("opendir") }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
        if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
    }
    return names
}
