internal import CFuse
internal import Foundation
internal import Glibc

/// The one answer to a request of the kernel.
enum FuseReply: Sendable {
    case failure(ErrorNumber)
    case node(NodeAttributes)
    case attributes(NodeAttributes)
    case link([UInt8])
    case opened(UInt64)
    case bytes(ArraySlice<UInt8>)
    /// How long something is that was not asked for itself.
    case byteCount(Int)
}

/// A request of the kernel. libfuse lets any thread answer it, once; then it is gone.
struct FuseRequest: @unchecked Sendable {
    let pointer: fuse_req_t

    /// Returns whether the kernel took the answer: not where whoever asked is gone.
    @discardableResult
    func answer(_ reply: FuseReply) -> Bool { send(reply) == 0 }

    private func send(_ reply: FuseReply) -> CInt {
        switch reply {
        case .failure(let error): return fuse_reply_err(pointer, error.rawValue)
        case .node(let attributes):
            var entry = fuse_entry_param(attributes)
            return fuse_reply_entry(pointer, &entry)
        case .attributes(let attributes):
            var status = stat(attributes)
            return fuse_reply_attr(pointer, &status, attributes.secondsOfTrust)
        case .link(let target): return target.withCString { fuse_reply_readlink(pointer, $0) }
        case .opened(let handle):
            var information = fuse_file_info()
            information.fh = handle
            // The content never changes: what the kernel has read of it stays good.
            information.keep_cache = 1
            return fuse_reply_open(pointer, &information)
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { bytes in
                fuse_reply_buf(pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
            }
        case .byteCount(let count): return fuse_reply_xattr(pointer, count)
        }
    }

    /// As many of the entries as fit into the memory that the caller has, as the kernel reads them: behind the first
    /// `dotCount` of the folder's two dots.
    ///
    /// - Throws: `EINVAL` where not even the first fits.
    func listing(
        _ entries: [FolderEntry], afterDots dotCount: Int, of folder: NodeID, capacity: Int,
        withAttributes: Bool
    ) throws(ErrorNumber) -> ArraySlice<UInt8> {
        var listing = [UInt8](repeating: 0, count: capacity)
        var end = 0
        func add(_ name: [UInt8], _ attributes: NodeAttributes?, position: Int) -> Bool {
            let needed = listing.withUnsafeMutableBytes { bytes in
                let place = bytes.baseAddress.map { ($0 + end).assumingMemoryBound(to: CChar.self) }
                return name.withCString { name in
                    if withAttributes {
                        var entry = fuse_entry_param()
                        if let attributes {
                            entry = fuse_entry_param(attributes)
                        } else {
                            entry.attr = stat(dotOf: folder)
                        }
                        return fuse_add_direntry_plus(
                            pointer, place, capacity - end, name, &entry, off_t(position))
                    }
                    var status = attributes.map { stat($0) } ?? stat(dotOf: folder)
                    return fuse_add_direntry(pointer, place, capacity - end, name, &status, off_t(position))
                }
            }
            guard needed <= capacity - end else { return false }
            end += needed
            return true
        }
        for count in dotCount..<2 {
            let dots = [UInt8](repeating: UInt8(ascii: "."), count: count + 1)
            guard add(dots, nil, position: count + 1) else { return listing[..<end] }
        }
        for entry in entries {
            let position = Int(entry.attributes.node.rawValue)
            guard add(entry.name, entry.attributes, position: position) else { break }
        }
        guard end > 0 || entries.isEmpty else { throw ErrorNumber(EINVAL) }
        return listing[..<end]
    }
}

extension NodeAttributes {
    fileprivate var secondsOfTrust: Double { isLasting ? 86_400 : 1 }
}

extension fuse_entry_param {
    fileprivate init(_ attributes: NodeAttributes) {
        self.init()
        ino = fuse_ino_t(attributes.node.rawValue)
        attr = stat(attributes)
        attr_timeout = attributes.secondsOfTrust
        entry_timeout = attributes.secondsOfTrust
    }
}

extension stat {
    /// A folder has one link, which tells programs that its subfolders are not counted.
    fileprivate init(_ attributes: NodeAttributes) {
        self.init()
        let kind =
            switch attributes.kind {
            case .file: Glibc.S_IFREG
            case .folder: Glibc.S_IFDIR
            case .symbolicLink: Glibc.S_IFLNK
            }
        st_ino = ino_t(attributes.node.rawValue)
        st_mode = kind | mode_t(attributes.mode)
        st_nlink = 1
        st_uid = attributes.ownerID
        st_gid = attributes.groupID
        st_size = off_t(clamping: attributes.size)
        st_blocks = blkcnt_t(clamping: (attributes.size / 512) + (attributes.size % 512 == 0 ? 0 : 1))
        st_mtim = timespec(nanoseconds: attributes.modified)
        st_ctim = timespec(nanoseconds: attributes.changed)
        st_atim = st_mtim
    }

    /// What stands for a folder itself, and for the one above it: their numbers are read by nobody.
    fileprivate init(dotOf folder: NodeID) {
        self.init()
        st_ino = ino_t(folder.rawValue)
        st_mode = Glibc.S_IFDIR
    }
}

extension timespec {
    /// Since 1970, and before it.
    fileprivate init(nanoseconds: Int64) {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        self.init(
            tv_sec: Int(rest < 0 ? seconds - 1 : seconds),
            tv_nsec: Int(rest < 0 ? rest + 1_000_000_000 : rest))
    }
}

extension [UInt8] {
    fileprivate func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (self + [0]).withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
    }
}
