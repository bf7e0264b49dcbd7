internal import Backup
internal import Fuse
internal import Glibc
internal import Vault

/// What `stat` tells of what is mounted.
struct NodeAttributeMaker: Sendable {
    private let ownerNames = OwnerNames()
    private let userID = geteuid()
    private let groupID = getegid()

    /// Of a folder that no snapshot has recorded.
    func folder(_ node: NodeID, time: Int64, isLasting: Bool = false) -> NodeAttributes {
        NodeAttributes(
            node: node, kind: .folder, size: 0, mode: 0o555, modified: time, changed: time, ownerID: userID,
            groupID: groupID, isLasting: isLasting)
    }

    /// Of a link that no snapshot has recorded.
    func link(_ node: NodeID, to target: [UInt8], time: Int64) -> NodeAttributes {
        NodeAttributes(
            node: node, kind: .symbolicLink, size: UInt64(target.count), mode: 0o777, modified: time,
            changed: time, ownerID: userID, groupID: groupID, isLasting: false)
    }

    func entry(_ node: NodeID, _ entry: Entry) -> NodeAttributes {
        let kind: NodeAttributes.Kind =
            switch entry.kind {
            case .file: .file
            case .directory: .folder
            case .symbolicLink: .symbolicLink
            }
        let isLink = entry.kind == .symbolicLink
        // By name where this machine knows it, as a restore sets them.
        let owner = userID == 0 ? ownerNames.userID(entry.owner) ?? entry.ownerID : userID
        let group = userID == 0 ? ownerNames.groupID(entry.group) ?? entry.groupID : groupID
        return NodeAttributes(
            node: node, kind: kind, size: isLink ? UInt64(entry.linkTarget.count) : entry.size,
            mode: isLink ? 0o777 : entry.mode & 0o7555, modified: entry.modified, changed: entry.changed,
            ownerID: owner, groupID: group, isLasting: true)
    }
}
