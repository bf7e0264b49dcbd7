internal import Configuration
internal import Dashboard

extension CommandContext {
    /// Writes the dashboard's first page as a file of its own, for its owner alone, in one step: no links, no forms, no
    /// secret. It tells who has been given what, for which the vault is opened.
    func writeDashboard(to path: String) async throws {
        let configuration = try configuration()
        var access = try await vaultAccess(configuration)
        let vault = try await access.open()
        access.givenSecret = vault.secret
        let model = try await DashboardSource(
            access: access, vault: vault, configuration: configuration, warn: warning
        ).model()
        let page = OverviewPage(model, place: .file(policy: SiteGate.filePolicy)).page
        try PrivateText(page.html).write(to: absolute(path), replacing: true)
    }
}
