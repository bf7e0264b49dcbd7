internal import Glibc

/// Who can change a file of this machine besides this user and root: by writing to it, or by putting another in its place.
enum FileWriters {
    /// Why somebody else can, in words that follow the file's name; nil where nobody can.
    ///
    /// A group that has the user's own name and no other member is the user.
    static func others(of path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let file = String(cString: resolved)
        var status = stat()
        guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        if let reason = others(status, mayBeSticky: false) { return "it \(reason)" }
        var folder = file
        while let slash = folder.lastIndex(of: "/"), folder != "/" {
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
            guard stat(folder, &status) == 0 else { return nil }
            if let reason = others(status, mayBeSticky: true) { return "\(folder) \(reason)" }
        }
        return nil
    }

    /// Demands that nobody else can change a file that names a command.
    ///
    /// - Throws: `writableByOthers`.
    static func requireOwn(_ file: String, naming command: String) throws(ConfigurationError) {
        guard let reason = others(of: file) else { return }
        throw ConfigurationError(
            .writableByOthers, file: file, reason: "\(reason), and \(command) is run as you",
            hint: "if nobody has changed it: let the file and its folders be yours, and chmod go-w them")
    }

    private static func others(_ status: stat, mayBeSticky: Bool) -> String? {
        // In a folder like /tmp nobody takes away what is another's.
        let isSticky = mayBeSticky && status.st_mode & S_ISVTX != 0
        guard status.st_uid == geteuid() || status.st_uid == 0 || isSticky else {
            return "belongs to \(name(of: status.st_uid))"
        }
        if isSticky { return nil }
        if status.st_mode & S_IWOTH != 0 { return "can be written by everybody" }
        if status.st_mode & S_IWGRP != 0, !isOwnGroup(status.st_gid) { return "can be written by a group" }
        return nil
    }

    private static func name(of user: uid_t) -> String {
        guard let entry = getpwuid(user) else { return "user \(user)" }
        return String(cString: entry.pointee.pw_name)
    }

    private static func isOwnGroup(_ number: gid_t) -> Bool {
        if number == 0, geteuid() == 0 { return true }
        guard let user = getpwuid(geteuid()).map({ String(cString: $0.pointee.pw_name) }),
            let group = getgrgid(number), String(cString: group.pointee.gr_name) == user
        else { return false }
        var member = group.pointee.gr_mem
        while let pointer = member, let text = pointer.pointee {
            if String(cString: text) != user { return false }
            member = pointer.advanced(by: 1)
        }
        return true
    }
}

extension BackupConfiguration {
    /// The first setting that is a command, by its name: whoever can write it runs programs as this user.
    var firstCommand: String? {
        if passwordCommand != nil { return "password_command" }
        if unattended.hooks.before != nil { return "hooks.before" }
        if unattended.hooks.after != nil { return "hooks.after" }
        if unattended.notify.command != nil { return "notify.command" }
        let places = providers + [share?.provider].compactMap(\.self)
        let place = places.first { place in
            if case .s3(let s3) = place.kind { s3.credentials.command != nil } else { false }
        }
        return place.map { "credentials_command of '\($0.name)'" }
    }

    /// - Throws: `writableByOthers` where the file names a command and somebody else can change it.
    func requireOwnCommands() throws(ConfigurationError) {
        guard let command = firstCommand else { return }
        try FileWriters.requireOwn(file, naming: command)
    }
}
