internal import Glibc
internal import Vault

/// Why something was not restored, or not with all it had: what, why, and what to do.
public struct RestoreError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// No room left, or the quota is used up.
        case outOfSpace
        /// The folder or what is in it may not be written, or what is there may not be read.
        case accessDenied
        /// Something of that name is there, and may not be replaced.
        case exists
        /// What is in the way is of another kind: a folder where a file belongs, a link where a folder does. It is
        /// never replaced, nor followed.
        case occupied
        /// The file system takes no such name.
        case refusedName
        /// The file system holds no links.
        case noLinks
        /// The entry does not fit its content, or names what cannot be.
        case damaged
        /// What was written was read back, and is not what was written.
        case lies
        /// The content is there, but not its owner, mode, time or an extended attribute: a warning.
        case metadata
        /// The same of an attribute that a person or a program has given the file.
        case lostAttribute
        /// Anything else that the system refused.
        case system
    }

    public let code: Code
    /// Below the destination; the destination itself where that is meant. On one line.
    public let path: String
    public let reason: String
    /// What a person can do about it.
    public let hint: String?

    public init(_ code: Code, path: String, reason: String, hint: String? = nil) {
        self.code = code
        self.path = path
        self.reason = reason
        self.hint = hint
    }

    public var description: String { "\(path): \(reason)" }
}

extension RestoreError {
    init(_ code: Code, _ path: EntryPath, _ reason: String, hint: String? = nil) {
        self.init(code, path: displayed(path), reason: reason, hint: hint)
    }

    init(_ path: EntryPath, _ failure: SystemFailure) {
        switch failure.number {
        case ENAMETOOLONG, EILSEQ: self.init(refused: path, failure)
        case EINVAL where NameForms.portable(path.name) != path.name: self.init(refused: path, failure)
        default: self.init(path: displayed(path), failure)
        }
    }

    init(refused path: EntryPath, _ failure: SystemFailure) {
        self.init(.refusedName, path, "the file system there takes no such name: \(failure)")
    }

    /// The one place where errno becomes a code.
    init(path: String, _ failure: SystemFailure) {
        let (code, hint): (Code, String?) =
            switch failure.number {
            case ENOSPC, EDQUOT:
                (.outOfSpace, "make room or restore to another disk; a second run leaves what is there")
            case EROFS: (.accessDenied, "mount it for writing, or restore to another folder")
            case EACCES, EPERM: (.accessDenied, nil)
            case EEXIST: (.exists, nil)
            case ENOTDIR, EISDIR, ELOOP, ENOTEMPTY:
                (.occupied, "move it away, or restore to another folder")
            default: (.system, nil)
            }
        let reason =
            failure.number == EFBIG ? "the file system there holds no file so large" : failure.description
        self.init(code, path: path, reason: reason, hint: hint)
    }
}
