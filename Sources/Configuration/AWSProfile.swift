/// A profile of the AWS command line's files, with the keys that stand in it.
///
/// Whatever botocore reads there is read alike: its parser is Python's `configparser`, whose rules these are. What
/// botocore refuses, such as a section that comes twice, is read as far as it can be.
///
/// Source: the AWS SDKs and Tools Reference Guide, "Shared config and credentials files"; botocore's `configloader.py`.
struct AWSProfile {
    private(set) var settings: [String: String]

    /// The profile `name` of `text`, which is a credentials file, or a config file when `isConfig`: there the
    /// sections are called `[profile NAME]`, but for `[default]`. nil when there is no such section.
    ///
    /// - Parameter isLenient: whether `[profile NAME]` in a credentials file and `[ NAME ]` are meant too, which botocore
    ///   takes for profiles of other names.
    init?(name: String, in text: String, isConfig: Bool, isLenient: Bool = false) {
        let wanted = Self.sections(of: text).filter { section in
            if isLenient {
                let title = Self.trimmed(section.title)
                return title == name || Self.profileName(title) == name
            }
            return isConfig ? Self.profileName(section.title) == name : section.title == name
        }
        // Of titles that mean the same, botocore takes the last; what comes twice under one is read together.
        guard let last = wanted.last else { return nil }
        settings = wanted.filter { $0.title == last.title }.reduce(into: [:]) {
            $0.merge($1.settings) { _, last in last }
        }
    }

    private struct Section {
        let title: String
        var settings: [String: String] = [:]
    }

    /// The sections in their order. A line that stands deeper than the option before it continues that option's value.
    private static func sections(of text: String) -> [Section] {
        var sections: [Section] = []
        var option: String?
        var indentation = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let content = trimmed(line)
            guard let first = content.first, first != "#", first != ";" else {
                if content.isEmpty, let option { sections[sections.count - 1].settings[option]?.append("\n") }
                continue
            }
            let depth = line.prefix { $0.isWhitespace }.count
            if let option, depth > indentation {
                sections[sections.count - 1].settings[option]?.append("\n" + content)
                continue
            }
            indentation = depth
            if first == "[", let end = content.lastIndex(of: "]"),
                end > content.index(after: content.startIndex)
            {
                let title = content[content.index(after: content.startIndex)..<end]
                sections.append(Section(title: String(title)))
                option = nil
            } else if let delimiter = content.firstIndex(where: { $0 == "=" || $0 == ":" }), !sections.isEmpty
            {
                let key = trimmed(content[..<delimiter]).lowercased()
                sections[sections.count - 1].settings[key] = trimmed(
                    content[content.index(after: delimiter)...])
                option = key
            }
        }
        for index in sections.indices {
            sections[index].settings = sections[index].settings.mapValues { trimmed($0) }
        }
        return sections
    }

    /// The profile that a section of a config file is; nil for one that is none.
    private static func profileName(_ title: String) -> String? {
        if title == "default" { return title }
        guard title.hasPrefix("profile"), let words = ShellWords.split(title), words.count == 2 else {
            return nil
        }
        return words[1]
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(
            start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
    }
}

extension AWSProfile {
    /// The keys that stand there; nil without both.
    var keys: (accessKeyID: String, secretAccessKey: String, sessionToken: String?)? {
        guard let identifier = settings["aws_access_key_id"], let secret = settings["aws_secret_access_key"]
        else { return nil }
        return (identifier, secret, settings["aws_security_token"] ?? settings["aws_session_token"])
    }

    /// How the AWS command line would get keys for this profile where photobackup does not; nil for none of these.
    var unreadSource: String? {
        if settings["role_arn"] != nil { return "takes a role (role_arn)" }
        if settings["sso_session"] != nil || settings["sso_start_url"] != nil { return "signs in by SSO" }
        if settings["login_session"] != nil { return "signs in with aws login" }
        if settings["credential_source"] != nil { return "takes its keys from this computer's provider" }
        return nil
    }

    /// Takes the settings of another file's section of the same profile, which precede.
    mutating func precede(by other: AWSProfile) {
        settings.merge(other.settings) { _, first in first }
    }
}
