internal import Backup
internal import Configuration
internal import Terminal
internal import Vault

/// Everything that a vault wants to be done while nobody is there, in this order: back up, give replicas what they
/// miss, verify a part, once a month a drill, extend locks, renew links, forget by the configured rules and prune.
///
/// A part that fails does not stop the next; another run that is going on does.
struct ScheduledRun {
    let configuration: BackupConfiguration
    let context: CommandContext

    /// - Throws: what keeps the vault from being opened; `AnotherRunError`; `CancellationError`.
    func run() async throws -> CommandOutcome {
        let vault = try await context.vaultAccess(configuration, isChanging: true).open()
        var parts: [ScheduledPart] = []
        if !configuration.collections.isEmpty {
            parts.append(
                try await part("backup") {
                    let rereads = configuration.unattended.schedule.rereadDays.map {
                        VerifySample.ofToday(in: $0)
                    }
                    return try await CollectionBackups(
                        collections: configuration.collections, rereads: rereads, context: context
                    ).run(in: vault)
                })
        }
        parts.append(try await part("catch-up") { try await catchUp(vault) })
        if let level = configuration.unattended.schedule.verifyLevel {
            parts.append(try await part("verify") { try await verify(vault, level) })
        }
        if configuration.unattended.schedule.drills, try isDrillDue(vault) {
            parts.append(try await part("drill") { try await drill() })
        }
        parts.append(
            try await part("locks") {
                CommandOutcome(try await context.renewLocks(of: vault))
            })
        parts.append(
            try await part("links") { try await context.renewLinks(of: vault, configuration) })
        if let retention = configuration.unattended.retention {
            parts.append(try await part("forget") { try await forget(vault, retention) })
        }
        if configuration.unattended.schedule.prunes {
            parts.append(try await part("prune") { try await prune() })
        }
        return CommandOutcome(ScheduledPart.status(of: parts), summary: ScheduledSummary(parts: parts))
    }

    private func part(_ name: String, _ body: () async throws -> CommandOutcome) async throws -> ScheduledPart
    {
        context.output.information("\(name):")
        do {
            let outcome = try await body()
            return ScheduledPart(name: name, status: outcome.status, summary: outcome.summary)
        } catch let error as AnotherRunError {
            throw error
        } catch  where Task.isCancelled {
            throw error
        } catch {
            let failure = Failure(error, wasCancelled: false)
            context.output.error(
                Diagnostic(
                    what: "\(name): \(failure.diagnostic.what)", why: failure.diagnostic.why,
                    hint: failure.diagnostic.hint))
            return ScheduledPart(name: name, status: failure.status, summary: nil)
        }
    }

    // MARK: - Parts

    private func catchUp(_ vault: OpenVault) async throws -> CommandOutcome {
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let standings = try await context.withProgress(of: vault, progress, phase: "catching up") {
            try await vault.catchUp(progress: progress, warn: context.warning)
        }
        for standing in standings where !standing.isWhole {
            context.output.information("\(standing.name): \(standing.line)")
        }
        var findings: [ExitStatus] = []
        if standings.contains(where: \.isBehind) { findings.append(.replicaBehind) }
        if standings.contains(where: { $0.damageCount > 0 }) { findings.append(.damaged) }
        return CommandOutcome(ExitStatus.highest(of: findings))
    }

    /// Verifies the part of this day, so that in `verify_days` days everything has been verified.
    private func verify(
        _ vault: OpenVault, _ level: UnattendedConfiguration.VerifyLevel
    ) async throws -> CommandOutcome {
        let schedule = configuration.unattended.schedule
        guard let level = VerifyLevel(rawValue: level.rawValue) else {
            preconditionFailure("the configuration names the levels of verify")
        }
        let request = VerifyRequest(
            level: level,
            sample: .ofToday(in: schedule.verifyDays), budget: schedule.verifyBudget)
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let summary = try await context.withProgress(of: vault, progress, phase: "verifying") {
            try await vault.verify(
                request, progress: progress, warn: context.warning,
                onDiscrepancy: { VerifyReport.show($0, of: vault, on: context.output) })
        }
        let report = VerifyReport(summary: summary)
        report.show(on: context.output, hint: "photobackup heal puts right what another replica still has")
        return CommandOutcome(report.status, summary: report.jsonSummary)
    }

    private static let drillSeconds: Int64 = 30 * 86400

    /// Any machine's drill counts, of this vault.
    private func isDrillDue(_ vault: OpenVault) throws -> Bool {
        try vault.lastDrill().map { $0.time <= UTCTime.now().secondsSince1970 - Self.drillSeconds } ?? true
    }

    /// A small one, with the device key or a password that was given.
    private func drill() async throws -> CommandOutcome {
        var drill = Drill(configuration: configuration, context: context)
        (drill.fileCount, drill.byteCount) = (5, 100_000_000)
        return try await drill.run()
    }

    private func forget(
        _ vault: OpenVault, _ retention: UnattendedConfiguration.Retention
    ) async throws -> CommandOutcome {
        let summary = try await vault.forget(
            ForgetRequest(.policy(try RetentionPolicy(retention), collections: [])), warn: context.warning)
        ForgetReport(summary: summary, isDryRun: false).show(on: context.output)
        return CommandOutcome(summary.behind.isEmpty ? .done : .replicaBehind)
    }

    /// Prunes with the credentials that may delete. Where a disk is away as expected, the next run does; where a replica
    /// is behind, that is told already.
    private func prune() async throws -> CommandOutcome {
        let vault = try await context.vaultAccess(configuration, isPruning: true, isChanging: true).open()
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        do {
            let summary = try await context.withProgress(of: vault, progress, phase: "pruning") {
                try await vault.prune(PruneRequest(), progress: progress, warn: context.warning)
            }
            let report = PruneReport(summary: summary, isDryRun: false)
            report.show(on: context.output)
            return CommandOutcome(report.status, summary: report.jsonSummary)
        } catch let error as PruneError where error.code == .away {
            context.output.information("\(error.description): nothing is pruned until it is there")
            return CommandOutcome()
        } catch let error as PruneError where error.code != .tooMuch {
            context.output.warning(Diagnostic(what: "prune", why: error.description, hint: error.hint))
            return CommandOutcome(.replicaBehind)
        }
    }
}

/// One part of a scheduled run, and how it ended.
struct ScheduledPart: Sendable {
    let name: String
    let status: ExitStatus
    let summary: (any Encodable & Sendable)?

    /// 1 where any part has failed, else the highest of 3, 4 and 5.
    static func status(of parts: [ScheduledPart]) -> ExitStatus {
        let statuses = parts.map(\.status)
        let findings: Set<ExitStatus> = [.done, .sourceUnreadable, .replicaBehind, .damaged]
        guard statuses.allSatisfy(findings.contains) else { return .failed }
        return ExitStatus.highest(of: statuses)
    }
}

/// The JSON summary of a scheduled run: that of each part.
struct ScheduledSummary: Encodable, Sendable {
    private struct Part: Encodable, Sendable {
        let part: String
        let exitCode: Int32
        let summary: PartSummary?
    }

    private struct PartSummary: Encodable, Sendable {
        let fields: any Encodable & Sendable

        func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }
    }

    private let parts: [Part]

    init(parts: [ScheduledPart]) {
        self.parts = parts.map { part in
            Part(
                part: part.name, exitCode: part.status.rawValue,
                summary: part.summary.map { PartSummary(fields: $0) })
        }
    }
}

extension RetentionPolicy {
    /// The rules of the configuration.
    init(_ retention: UnattendedConfiguration.Retention) throws {
        self.init()
        (last, hourly, daily) = (retention.last, retention.hourly, retention.daily)
        (weekly, monthly, yearly) = (retention.weekly, retention.monthly, retention.yearly)
        tags = retention.tags.map { $0.split(separator: ",").map(String.init) }
        guard let text = retention.within else { return }
        guard let period = RetentionPeriod(text) else {
            throw CommandError(
                .configuration, what: "retention.keep_within", why: "'\(singleLine(text))' is no span")
        }
        within = period
    }
}
