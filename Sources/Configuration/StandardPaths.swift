internal import Glibc

/// Where files are by convention: the home folder and the XDG base directories.
///
/// Source: XDG Base Directory Specification 0.8; a variable that is no absolute path is ignored, as it says.
public struct StandardPaths: Sendable {
    private let environment: ProcessEnvironment

    public init(_ environment: ProcessEnvironment) { self.environment = environment }

    /// `$HOME`, else what the user database says; nil when neither knows.
    public var home: String? {
        if let home = environment["HOME"] { return home }
        guard let entry = getpwuid(getuid()), let directory = entry.pointee.pw_dir else { return nil }
        return String(cString: directory)
    }

    /// The path with a leading `~` or `~/` replaced by the home folder.
    public func expanding(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home else { return path }
        return home + path.dropFirst()
    }

    /// The configuration file: `option`, else `$PHOTOBACKUP_CONFIG`, else `photobackup/config.toml` in
    /// `$XDG_CONFIG_HOME`, else in `~/.config`.
    public func configurationFile(option: String?) -> String {
        if let path = option ?? environment["PHOTOBACKUP_CONFIG"] { return expanding(path) }
        return base("XDG_CONFIG_HOME", default: "~/.config") + "/photobackup/config.toml"
    }

    /// The state folder where the configuration names none: `photobackup` in `$XDG_STATE_HOME`, else in
    /// `~/.local/state`.
    public var stateDirectory: String { base("XDG_STATE_HOME", default: "~/.local/state") + "/photobackup" }

    private func base(_ variable: String, default path: String) -> String {
        guard let value = environment[variable], value.hasPrefix("/") else { return expanding(path) }
        return value
    }
}
