internal import Backup
internal import Configuration
internal import Foundation
internal import Glibc
internal import Terminal
internal import Vault

/// Looks at everything that a backup needs, and says in plain words what is wrong.
struct Doctor {
    /// Below this the catalog of a large vault may not fit.
    private static let leastFreeByteCount: UInt64 = 1 << 30

    let context: CommandContext
    let configuration: BackupConfiguration

    /// - Throws: `CancellationError`. Whatever else goes wrong is a finding.
    func examine(_ tell: (Finding) -> Void) async throws {
        configurationFindings().forEach(tell)
        stateFindings().forEach(tell)
        for finding in try await sourceFindings() { tell(finding) }
        for finding in try await credentialFindings() { tell(finding) }
        for finding in try await providerFindings() { tell(finding) }
        for finding in try await memoryFindings() { tell(finding) }
        for finding in try await vaultFindings() { tell(finding) }
        for finding in await scheduleFindings() { tell(finding) }
    }

    // MARK: - This machine

    private func configurationFindings() -> [Finding] {
        let providers = configuration.providers
        var findings = [
            Finding.good(
                "configuration",
                "\(configuration.file): \(HumanReadable.count(providers.count, "provider")), "
                    + HumanReadable.count(configuration.collections.count, "collection"))
        ]
        if providers.isEmpty {
            findings.append(
                .problem(
                    "configuration", "no [[provider]]",
                    hint: "add a [[provider]] with name, endpoint, region and bucket, or with name and path"))
        } else if providers.count < 3 {
            findings.append(
                .advice(
                    "configuration",
                    "fewer than three providers: with three, one may be lost or behind, and two still agree",
                    hint: "add another [[provider]]; photobackup provider add fills it"))
        }
        if configuration.collections.isEmpty {
            findings.append(
                .advice(
                    "configuration", "no [[collection]]: photobackup backup has nothing to do",
                    hint: "photobackup archive needs none"))
        }
        if let path = configuration.unattended.notify.metrics {
            do { try MetricsFile(path: path).requireWritable() } catch {
                findings.append(.problem(error, "metrics"))
            }
        }
        return findings
    }

    private func stateFindings() -> [Finding] {
        let folder = configuration.stateDirectory
        // The nearest folder that is there: the state folder is made by the first command that needs it.
        var existing = folder
        while !context.isThere(existing), existing.count > 1 {
            existing = (existing as NSString).deletingLastPathComponent
        }
        guard access(existing, W_OK) == 0 else {
            return [
                .problem(
                    "state folder", "\(existing) cannot be written",
                    hint:
                        "give it to the user who runs this, or choose another folder with `state` in the configuration"
                )
            ]
        }
        var status = statvfs()
        guard statvfs(existing, &status) == 0 else { return [.good("state folder", folder)] }
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        let text = "\(folder), \(HumanReadable.bytes(Int(clamping: free))) free"
        guard free >= Self.leastFreeByteCount else {
            return [
                .advice(
                    "state folder", "\(text); the catalog of a million files takes some 300 MB",
                    hint:
                        "make room there, or choose a folder on another disk with `state` in the configuration"
                )
            ]
        }
        return [.good("state folder", text)]
    }

    private func sourceFindings() async throws -> [Finding] {
        let own =
            configuration.providers.isEmpty ? nil : try await context.vaultAccess(configuration).ownPlaces
        return configuration.collections.flatMap { collection in
            collection.sources.flatMap { source in
                SourceFindings(subject: "collection \(collection.name)", path: source.path, own: own).all
            }
        }
    }

    // MARK: - Providers

    private func credentialFindings() async throws -> [Finding] {
        var findings: [Finding] = []
        let resolver = CredentialResolver(configuration, environment: context.environment, warn: { _ in })
        for provider in configuration.providers {
            guard case .s3(let s3) = provider.kind else { continue }
            let subject = "credentials of \(provider.name)"
            do {
                findings.append(.good(subject, try await resolver.everyday(provider, s3).source))
                _ = try await resolver.prune(provider, s3)
                _ = try await resolver.share(provider, s3)
            } catch {
                try Task.checkCancellation()
                findings.append(.problem(error, subject))
            }
        }
        return findings
    }

    private func providerFindings() async throws -> [Finding] {
        guard !configuration.providers.isEmpty else { return [] }
        return try await context.vaultAccess(configuration).examine().flatMap(ProviderFindings.findings)
    }

    // MARK: - The vault

    /// What this machine remembers of the vault.
    private func memoryFindings() async throws -> [Finding] {
        guard !configuration.providers.isEmpty else { return [] }
        return try await context.vaultAccess(configuration).examineState().map { fault in
            fault.isHarmless
                ? .advice("state folder", "\(fault.path): \(fault.reason)", hint: fault.hint)
                : .problem("state folder", "\(fault.path): \(fault.reason)", hint: fault.hint)
        }
    }

    /// Whether a run that nobody watches can open the vault.
    private func vaultFindings() async throws -> [Finding] {
        guard !configuration.providers.isEmpty else { return [] }
        var findings: [Finding] = []
        do {
            var access = try await context.vaultAccess(configuration)
            access.warn = { _ in }
            access.askPassword = { throw PasswordNeeded() }
            let vault = try await access.open()
            findings.append(
                .good("vault", "\(vault.id) opens on this machine without being asked for a password"))
            findings += hostFindings(try access.formerHosts(of: vault), now: vault.device.host)
        } catch is PasswordNeeded {
            findings.append(
                .advice(
                    "vault", "it opens with its password only, which a scheduled run cannot type",
                    hint: "photobackup unlock leaves a device key, and password_command names a command"))
        } catch let error as AccessError where error.code == .noVault {
            findings.append(.advice("vault", error.description, hint: "photobackup init makes one"))
            return findings
        } catch {
            try Task.checkCancellation()
            return findings + [.problem(error, "vault")]
        }
        guard let status = try await status(&findings) else { return findings }
        findings += status.replicas.compactMap { replica in
            let subject = "replica \(replica.name)"
            if replica.standing.damageCount > 0 {
                return .problem(subject, replica.standing.line, hint: "photobackup heal puts it right")
            }
            guard replica.isReachable, replica.standing.isBehind || replica.objectsUnread > 0 else {
                return nil
            }
            return .advice(
                subject, replica.standing.isWhole ? "behind" : replica.standing.line,
                hint: "the next backup copies what it misses; photobackup heal does so now")
        }
        if status.kitTested == nil {
            findings.append(
                .advice(
                    "emergency kit", "it was never tested",
                    hint: "photobackup kit, then photobackup kit verify"))
        }
        if status.lastDrill.map({ !$0.failed.isEmpty }) ?? true {
            findings.append(
                .advice(
                    "drill", status.lastDrill == nil ? "none was ever done" : "the last one failed",
                    hint: "photobackup drill restores a few files from each provider"))
        }
        return findings
    }

    private struct PasswordNeeded: Error {}

    /// As `photobackup status` sees the vault; nil where that takes the password. What else is wrong is a finding.
    private func status(_ findings: inout [Finding]) async throws -> VaultStatus? {
        do {
            var access = try await context.vaultAccess(configuration)
            access.warn = { _ in }
            access.askPassword = { throw PasswordNeeded() }
            return try await access.status()
        } catch is PasswordNeeded {
            return nil
        } catch {
            try Task.checkCancellation()
            findings.append(.problem(error, "status"))
            return nil
        }
    }

    /// A name that changes is another machine to the vault.
    private func hostFindings(_ former: [String], now: String) -> [Finding] {
        // Whoever names the machine has done what there is to do.
        guard !former.isEmpty, configuration.host == nil else { return [] }
        return [
            .advice(
                "host",
                "this machine is called \(now), and was called \(former.joined(separator: ", ")): each name has a "
                    + "history of its own, which begins by reading everything, and the rules of forget keep the newest of each",
                hint: "host = \"\(now)\" in the configuration keeps one name, whatever the system is called")
        ]
    }

    private func scheduleFindings() async -> [Finding] {
        let hint = "photobackup schedule install --daily 02:30"
        guard let call = try? ScheduledCall(context: context) else { return [] }
        let inCrontab = (try? await Crontab(call: call).installed()) ?? nil
        guard SystemdTimer(call: call, environment: context.environment).isInstalled || inCrontab != nil
        else {
            return [.advice("schedule", "nothing runs by itself", hint: hint)]
        }
        let record = ScheduleRecord.read(
            from: ScheduleInstallCommand.recordFile(configuration, call))
        switch record?.exitCode {
        case nil: return [.good("schedule", "installed; no run has ended yet")]
        case 0: return [.good("schedule", "the last run did all it was to do")]
        case let code?:
            return [
                .problem(
                    "schedule", "the last run ended with exit code \(code)",
                    hint: "photobackup schedule show, and photobackup status")
            ]
        }
    }
}
