internal import Glibc
internal import Vault

/// What the file system says of a database's files at one moment, in the order of its members; nil for one that is not
/// there.
struct DatabaseMoment {
    let statuses: [FileStatus?]
    /// The header of the log of changes, where there is one.
    private let walHeader: [UInt8]?
    private let database: DatabaseRead

    init(of database: DatabaseRead) throws(SystemFailure) {
        self.database = database
        var statuses: [FileStatus?] = []
        var header: [UInt8]?
        for member in database.members {
            let status = try Self.status(of: member.name, in: database.folder)
            statuses.append(status)
            if member.log == .wal, status != nil {
                header = try Self.header(of: member.name, in: database.folder)
            }
        }
        self.statuses = statuses
        walHeader = header
    }

    /// Whether what was read between this moment and a later one is what the files held at this one, with nothing of
    /// another time but what SQLite itself would pass over.
    ///
    /// The main file and a journal must not have moved. A log of changes may grow, and be written to behind what counted
    /// then: its frames are only ever added while its header stays, and one that is not whole ends it.
    func holds(until later: DatabaseMoment) -> Bool {
        for (index, member) in database.members.enumerated() {
            switch (statuses[index], later.statuses[index]) {
            case (nil, nil): continue
            case (let before?, let after?):
                if before.isSameContent(as: after) { continue }
                guard member.log == .wal, before.inode == after.inode, before.device == after.device,
                    after.size >= before.size, let walHeader, walHeader == later.walHeader,
                    walHeader.count == DatabaseFiles.walHeaderByteCount
                else { return false }
            default: return false
            }
        }
        return true
    }

    /// How long to wait until a write shows in the times, where one that has just been may hide another: as long as the
    /// file system's clock takes for a step. nil where nothing was written lately.
    var settlingTime: Duration? {
        let now = FileRead.now()
        let recent = statuses.compactMap(\.self).contains { status in
            [status.modified, status.changed].contains { $0 > now - 60_000_000_000 }
        }
        guard recent else { return nil }
        // Times without a fraction are those of file systems that count whole seconds, FAT two of them.
        let isCoarse = statuses.compactMap(\.self).allSatisfy { $0.modified % 1_000_000_000 == 0 }
        return isCoarse ? .milliseconds(2_100) : .milliseconds(60)
    }

    private static func status(
        of name: [UInt8], in folder: DirectoryHandle
    ) throws(SystemFailure) -> FileStatus? {
        do throws(SystemFailure) {
            let status = try folder.status(of: name)
            return status.kind == .file ? status : nil
        } catch {
            if error.number == ENOENT { return nil }
            throw error
        }
    }

    private static func header(
        of name: [UInt8], in folder: DirectoryHandle
    ) throws(SystemFailure) -> [UInt8]? {
        do throws(SystemFailure) {
            let file = try OpenFile(name, in: folder)
            return try withUnsafeTemporaryAllocation(
                byteCount: DatabaseFiles.walHeaderByteCount, alignment: 8
            ) { (buffer) throws(SystemFailure) in
                Array(buffer[..<(try file.read(into: buffer, at: 0))])
            }
        } catch {
            if [ENOENT, EINVAL, ELOOP].contains(error.number) { return nil }
            throw error
        }
    }
}
