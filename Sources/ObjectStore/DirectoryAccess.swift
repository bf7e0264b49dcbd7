internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Who may get at what a directory store makes: its owner alone, since whoever reads a keyring can try passwords on it.
///
/// A root that is shared with a group on purpose, by its set-group-id bit or because the group may write to it, shares what is
/// made in it with that group, as Git does in a shared repository. What is there already stays as it is.
struct DirectoryAccess {
    /// nil: nobody else.
    private let group: gid_t?

    init(of root: FilePath) {
        var status = stat()
        let isShared = stat(root.string, &status) == 0 && status.st_mode & (S_ISGID | S_IWGRP) != 0
        group = isShared ? status.st_gid : nil
    }

    /// What a directory is made with; whatever the umask, it takes nothing of it away from the owner.
    static let directoryMode: mode_t = 0o700
    static let fileMode: mode_t = 0o600

    /// Shares what was just made, as far as this user may: some file systems have no groups.
    func apply(to descriptor: CInt, isDirectory: Bool) {
        guard let group, fchown(descriptor, uid_t.max, group) == 0 else { return }
        _ = fchmod(descriptor, isDirectory ? 0o2770 : 0o640)
    }
}
