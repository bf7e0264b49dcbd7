internal import CFuse
internal import Foundation

/// Reads that the kernel does ahead wait for the slowest provider: more of them than its 12 go on beside each other.
private let backgroundRequestLimit: UInt32 = 32

extension fuse_lowlevel_ops {
    /// What libfuse calls, on the session's thread: each hands its request to the session's dispatcher.
    ///
    /// What is not here is refused by libfuse itself (ENOSYS), and all that writes by the kernel (EROFS).
    static var readOnly: fuse_lowlevel_ops {
        var operations = fuse_lowlevel_ops()
        operations.`init` = { _, connection in
            guard let connection else { return }
            // Requests are small; a pipe for each would cost more than it saves.
            connection.pointee.want &= ~UInt32(FUSE_CAP_SPLICE_READ)
            connection.pointee.want |= connection.pointee.capable & UInt32(FUSE_CAP_CACHE_SYMLINKS)
            connection.pointee.max_background = backgroundRequestLimit
        }
        operations.addNodes()
        operations.addFiles()
        operations.addExtendedAttributes()
        return operations
    }

    private mutating func addNodes() {
        lookup = { request, folder, name in
            guard let folder = NodeID(kernel: folder), let name = bytes(name) else { return refuse(request) }
            answer(request) { (files) throws(ErrorNumber) in
                .node(try await files.node(named: name, in: folder))
            }
        }
        getattr = { request, node, _ in
            guard let node = NodeID(kernel: node) else { return refuse(request) }
            answer(request) { (files) throws(ErrorNumber) in .attributes(try await files.attributes(of: node))
            }
        }
        readlink = { request, node in
            guard let node = NodeID(kernel: node) else { return refuse(request) }
            answer(request) { (files) throws(ErrorNumber) in .link(try await files.target(ofLink: node)) }
        }
        readdir = { request, node, byteCount, position, _ in
            list(request, node, byteCount, position, withAttributes: false)
        }
        readdirplus = { request, node, byteCount, position, _ in
            list(request, node, byteCount, position, withAttributes: true)
        }
    }

    private mutating func addFiles() {
        open = { request, node, _ in
            guard let node = NodeID(kernel: node), let pointer = request,
                let dispatcher = FuseDispatcher.of(pointer)
            else { return refuse(request) }
            dispatcher.answer(FuseRequest(pointer: pointer)) { [dispatcher] (files) throws(ErrorNumber) in
                .opened(dispatcher.keep(try await files.open(node)))
            }
        }
        read = { request, _, byteCount, offset, information in
            guard let handle = information?.pointee.fh, let pointer = request, offset >= 0,
                let file = FuseDispatcher.of(pointer)?.file(handle)
            else { return refuse(request) }
            answer(request) { (_) throws(ErrorNumber) in
                .bytes(try await file.read(at: UInt64(offset), byteCount: byteCount))
            }
        }
        release = { request, _, information in
            if let request, let handle = information?.pointee.fh { FuseDispatcher.of(request)?.close(handle) }
            fuse_reply_err(request, 0)
        }
    }

    private mutating func addExtendedAttributes() {
        getxattr = { request, node, name, capacity in
            guard let node = NodeID(kernel: node), let name = bytes(name) else { return refuse(request) }
            answer(request) { (files) throws(ErrorNumber) in
                let attributes = try await files.extendedAttributes(of: node)
                guard let attribute = attributes.first(where: { $0.name == name }) else {
                    throw ErrorNumber(ENODATA)
                }
                return try fitted(attribute.value, into: capacity)
            }
        }
        listxattr = { request, node, capacity in
            guard let node = NodeID(kernel: node) else { return refuse(request) }
            answer(request) { (files) throws(ErrorNumber) in
                var names: [UInt8] = []
                for attribute in try await files.extendedAttributes(of: node) {
                    names += attribute.name + [0]
                }
                return try fitted(names, into: capacity)
            }
        }
    }
}

/// Lists a folder: the dots at positions 1 and 2, and behind them the position is the node that was listed last.
private func list(
    _ pointer: fuse_req_t?, _ node: fuse_ino_t, _ byteCount: Int, _ position: off_t, withAttributes: Bool
) {
    guard let pointer, let folder = NodeID(kernel: node), position >= 0 else { return refuse(pointer) }
    let request = FuseRequest(pointer: pointer)
    answer(pointer) { (files) throws(ErrorNumber) in
        // The least that an entry takes in the kernel's form.
        let entries = try await files.entries(
            of: folder, after: position > 2 ? NodeID(rawValue: UInt64(position)) : nil,
            limit: max(1, byteCount / (withAttributes ? 160 : 32)))
        return .bytes(
            try request.listing(
                entries, afterDots: Int(min(position, 2)), of: folder, capacity: byteCount,
                withAttributes: withAttributes))
    }
}

/// With no capacity its length is asked for (xattr(7)).
private func fitted(_ value: [UInt8], into capacity: Int) throws(ErrorNumber) -> FuseReply {
    if capacity == 0 { return .byteCount(value.count) }
    guard value.count <= capacity else { throw ErrorNumber(ERANGE) }
    return .bytes(value[...])
}

private func answer(_ pointer: fuse_req_t?, _ body: @escaping FuseDispatcher.Answer) {
    guard let pointer, let dispatcher = FuseDispatcher.of(pointer) else { return refuse(pointer) }
    dispatcher.answer(FuseRequest(pointer: pointer), body)
}

private func refuse(_ request: fuse_req_t?) { fuse_reply_err(request, EINVAL) }

private func bytes(_ name: UnsafePointer<CChar>?) -> [UInt8]? {
    name.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
}

extension NodeID {
    /// nil for a number that was never given out.
    fileprivate init?(kernel number: fuse_ino_t) {
        guard number > 0, number != 2, number < 1 << 63 else { return nil }
        self.init(rawValue: UInt64(number))
    }
}
