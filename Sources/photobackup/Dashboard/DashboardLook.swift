internal import Backup
internal import Configuration
internal import Dashboard
internal import Vault

/// What the first page shows: as it was at the last look, which is renewed beside whoever reads the page, so that no
/// provider that is slow to answer holds a page up.
actor DashboardLook {
    /// After how many seconds a reader sets a new look off.
    private static let freshSeconds: Int64 = 20

    private let source: DashboardSource
    private var latest: DashboardModel?
    private var running: Task<DashboardModel, any Error>?
    private var dating: Task<Void, Never>?

    init(_ source: DashboardSource) { self.source = source }

    /// The last look, however old; the first one is waited for.
    func model() async throws -> DashboardModel {
        guard let latest else { return try await lookAgain() }
        if UTCTime.now().secondsSince1970 - latest.time > Self.freshSeconds { begin() }
        return latest
    }

    /// A look that begins now, or is going on.
    func lookAgain() async throws -> DashboardModel { try await begin().value }

    @discardableResult
    private func begin() -> Task<DashboardModel, any Error> {
        if let running { return running }
        let task = Task {
            defer { running = nil }
            let model = try await source.model()
            latest = model
            date()
            return model
        }
        running = task
        return task
    }

    /// Finds out when pictures were taken, beside the looks: the next one shows it.
    private func date() {
        guard dating == nil else { return }
        dating = Task {
            await source.dateFiles()
            dating = nil
        }
    }
}

/// Where the first page's content comes from: the providers' listings, the catalog, and this machine's record of runs.
struct DashboardSource: Sendable {
    let access: VaultAccess
    let vault: OpenVault
    let configuration: BackupConfiguration
    let warn: Backup.WarningHandler
    private let memory = OverviewMemory()

    init(
        access: VaultAccess, vault: OpenVault, configuration: BackupConfiguration,
        warn: @escaping Backup.WarningHandler
    ) {
        (self.access, self.vault, self.configuration, self.warn) = (access, vault, configuration, warn)
    }

    /// For the looks to come. What cannot be found out is said, and changes nothing.
    func dateFiles() async {
        do {
            try await vault.dateFiles(PictureLook(configuration, fetches: false), memory)
        } catch {
            let diagnostic = Failure(error, wasCancelled: Task.isCancelled).diagnostic
            warn(Warning(what: "dates of pictures", why: diagnostic.why))
        }
    }

    func model() async throws -> DashboardModel {
        let links = try await vault.recordedLinks(warn: warn)
        let grants = try await vault.grants(warn: warn)
        let status = try await access.status()
        var model = DashboardModel(time: UTCTime.now().secondsSince1970, vault: vault.id.hex)
        model.take(status)
        if let overview = try await access.overview(memory) {
            model.take(overview, collections: configuration.collections)
        }
        model.take(links, grants)
        model.runs = RunHistory(stateFolder: configuration.stateDirectory).runs.reversed().map {
            DashboardModel.Run(
                command: $0.command, started: $0.started, ended: $0.ended, exitCode: $0.exitCode)
        }
        return model
    }
}
