internal import Configuration
internal import Foundation
internal import Glibc

/// A service and its timer, for systemd: of this user, or of the system for root.
///
/// Source: systemd.service(5), systemd.timer(5), systemd.time(7).
struct SystemdTimer {
    let call: ScheduledCall
    private let folder: String
    private let systemctl: String

    init(call: ScheduledCall, environment: ProcessEnvironment) {
        self.call = call
        if geteuid() == 0 {
            (folder, systemctl) = ("/etc/systemd/system", "systemctl")
        } else {
            let base = environment["XDG_CONFIG_HOME"] ?? StandardPaths(environment).expanding("~/.config")
            (folder, systemctl) = ("\(base)/systemd/user", "systemctl --user")
        }
    }

    var timerFile: String { "\(folder)/\(call.name).timer" }
    var serviceFile: String { "\(folder)/\(call.name).service" }

    /// Whether systemd runs this machine and answers this user.
    func isAvailable() async -> Bool {
        guard access("/run/systemd/system", F_OK) == 0 else { return false }
        let question = ShellCommand("\(systemctl) show-environment >/dev/null 2>&1", setting: "systemctl")
        return (try? await question.run()) != nil
    }

    var isInstalled: Bool { access(timerFile, F_OK) == 0 }

    /// Exit codes 3, 4 and 5 leave the unit failed, so that `systemctl --failed` shows them.
    var service: String {
        let environment = call.variables.map { "Environment=\(Self.quoted("\($0.name)=\($0.value)"))\n" }
        let arguments = call.arguments([])
        // Variables are put in place of their names in arguments alone, neither in the program's path nor in Environment=.
        let words =
            [Self.quoted(arguments[0])]
            + arguments.dropFirst().map { Self.quoted($0).replacing("$", with: "$$") }
        return """
            # Written by photobackup schedule install.
            [Unit]
            Description=photobackup: back up, catch up, verify, renew locks, prune

            [Service]
            Type=oneshot
            \(environment.joined())ExecStart=\(words.joined(separator: " "))

            """
    }

    func timer(_ times: RunTimes, jitter: Int64) -> String {
        """
        # Written by photobackup schedule install.
        [Unit]
        Description=When photobackup runs

        [Timer]
        OnCalendar=\(times.calendarEvent)
        RandomizedDelaySec=\(jitter)s
        FixedRandomDelay=yes
        Persistent=yes

        [Install]
        WantedBy=timers.target

        """
    }

    /// - Throws: `CommandError`, and `ConfigurationError` when systemctl fails.
    func install(_ times: RunTimes, jitter: Int64) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try service.write(toFile: serviceFile, atomically: true, encoding: .utf8)
        try timer(times, jitter: jitter).write(toFile: timerFile, atomically: true, encoding: .utf8)
        try await systemctl("daemon-reload")
        try await systemctl("enable --now \(call.name).timer")
    }

    func remove() async throws {
        try await systemctl("disable --now \(call.name).timer")
        for file in [timerFile, serviceFile] { try FileManager.default.removeItem(atPath: file) }
        try await systemctl("daemon-reload")
    }

    private func systemctl(_ arguments: String) async throws {
        try await ShellCommand("\(systemctl) \(arguments)", setting: systemctl).run()
    }

    /// In double quotes, with what systemd takes for an escape or a specifier escaped.
    private static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("%", with: "%%")
        return "\"\(escaped)\""
    }
}
