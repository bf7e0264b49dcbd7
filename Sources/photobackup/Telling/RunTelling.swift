internal import Backup
internal import Configuration
internal import S3
internal import Terminal
internal import Vault

extension CommandContext {
    /// Runs `body` between the hooks of the configuration, and tells whom it names how it began and how it ended.
    ///
    /// A hook that fails before keeps `body` from being run, since it may have been to mount a disk. What fails
    /// afterwards is warned of, and changes nothing about how the run has ended.
    ///
    /// - Parameter metrics: a text file for node_exporter's collector, which takes the place of the configuration's.
    func told(
        as command: String, by configuration: BackupConfiguration, metrics: String?,
        _ body: () async throws -> CommandOutcome
    ) async throws -> CommandOutcome {
        let telling = RunTelling(
            command: command, configuration: configuration.unattended, output: output,
            metrics: (metrics ?? configuration.unattended.notify.metrics).map { MetricsFile(path: $0) })
        try telling.metrics?.requireWritable()
        let started = UTCTime.now()
        let result: Result<CommandOutcome, any Error>
        do {
            try await telling.begin()
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        let wasCancelled = Task.isCancelled
        configuration.record(command, started: started, result, wasCancelled: wasCancelled)
        // Not cancelled with this task: whoever is told of runs is told of one that a signal ended, too.
        await Task.detached {
            switch result {
            case .success(let outcome):
                await telling.end(RunEnd(outcome.status, outcome.summary, started: started))
            case .failure(let error):
                let failure = Failure(error, wasCancelled: wasCancelled)
                await telling.end(
                    RunEnd(failure.status, FailureSummary(error: failure.diagnostic), started: started))
            }
        }.value
        return try result.get()
    }
}

/// How a run has ended, for whoever is told.
struct RunEnd: Sendable {
    let status: ExitStatus
    let summary: (any Encodable & Sendable)?
    let started: UTCTime
    let ended = UTCTime.now()

    init(_ status: ExitStatus, _ summary: (any Encodable & Sendable)?, started: UTCTime) {
        (self.status, self.summary, self.started) = (status, summary, started)
    }
}

/// The summary of a run that failed, for whoever is told: what is told on the terminal too.
private struct FailureSummary: Encodable, Sendable {
    let what: String
    let why: String
    let hint: String?

    init(error: Diagnostic) { (what, why, hint) = (error.what, error.why, error.hint) }
}

/// Tells of one run.
private struct RunTelling: Sendable {
    /// For a ping, and for the command that is told: nobody waits for long for those who are to be told.
    private static let pingLimit = Duration.seconds(10)
    private static let commandLimit = Duration.seconds(60)

    let command: String
    let configuration: UnattendedConfiguration
    let output: Output
    let metrics: MetricsFile?

    /// - Throws: `CommandError` when the hook fails; `CancellationError`.
    func begin() async throws {
        await ping("start")
        guard let hook = configuration.hooks.before else { return }
        do {
            try await ShellCommand(hook, setting: "hooks.before", variables: variables()).run()
        } catch let error as ConfigurationError {
            throw CommandError(what: "before the run", why: error.reason, hint: error.hint)
        }
    }

    func end(_ end: RunEnd) async {
        if let hook = configuration.hooks.after {
            await warning(of: "hooks.after") {
                try await ShellCommand(hook, setting: "hooks.after", variables: variables(end)).run()
            }
        }
        if let metrics {
            await warning(of: "metrics") { try metrics.write(Metrics(of: command, end)) }
        }
        if let text = configuration.notify.command {
            let notice = ShellCommand(
                text, setting: "notify.command", input: Message.summary(end.status, end.summary),
                variables: variables(end))
            await warning(of: "notify.command") {
                try await Self.within(Self.commandLimit) { try await notice.run() }
            }
        }
        await ping(end.status == .done ? "" : "\(end.status.rawValue)")
    }

    private func variables(_ end: RunEnd? = nil) -> [String: String] {
        var variables = ["PHOTOBACKUP_COMMAND": command]
        if let end { variables["PHOTOBACKUP_EXIT_CODE"] = "\(end.status.rawValue)" }
        return variables
    }

    /// - Parameter signal: what healthchecks.io appends to the address: `start`, an exit code, nothing for success.
    private func ping(_ signal: String) async {
        guard let address = configuration.notify.ping else { return }
        await warning(of: "notify.ping") {
            try await WebPing.get(Self.address(address, appending: signal), within: Self.pingLimit)
        }
    }

    static func address(_ address: String, appending signal: String) -> String {
        let query = address.firstIndex(of: "?") ?? address.endIndex
        var path = address[..<query]
        while path.hasSuffix("/") { path = path.dropLast() }
        return path + (signal.isEmpty ? "" : "/\(signal)") + address[query...]
    }

    private func warning(of setting: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            let reason = (error as? ConfigurationError)?.reason ?? "\(error)"
            output.warning(Diagnostic(what: "nobody was told by \(setting)", why: reason))
        }
    }

    /// - Throws: `CancellationError` when `body` takes longer, or what it throws.
    private static func within(
        _ limit: Duration, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(for: limit)
                throw CommandError(
                    what: "notify", why: "it had not ended after \(limit.components.seconds) s")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
