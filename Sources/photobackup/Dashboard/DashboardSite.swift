internal import Backup
internal import Dashboard
internal import Terminal
internal import Vault

/// The pages behind the gate.
struct DashboardSite: Sendable {
    /// Entries of a folder on one contact sheet.
    private static let sheetCount = 60

    let gate: SiteGate
    let vault: OpenVault
    let look: DashboardLook
    private let browsers: SnapshotBrowsers
    private let pictures: ContactPictures
    private let restores: Restores

    init(gate: SiteGate, vault: OpenVault, look: DashboardLook, context: CommandContext) {
        (self.gate, self.vault, self.look) = (gate, vault, look)
        browsers = SnapshotBrowsers(vault: vault)
        pictures = ContactPictures(vault: vault)
        restores = Restores(vault: vault, context: context)
    }

    func answer(_ request: SiteRequest) async -> SiteResponse {
        switch gate.admit(request) {
        case .refused(let response), .entered(let response): return response
        case .admitted: break
        }
        do {
            return try await page(request)
        } catch let error as SelectionError {
            return .page(WebPage.message("Not found", error.description).html, .notFound)
        } catch {
            let diagnostic = Failure(error, wasCancelled: Task.isCancelled).diagnostic
            return .page(
                WebPage.message("Not now", "\(diagnostic.what): \(diagnostic.why)").html, .failed)
        }
    }

    private func page(_ request: SiteRequest) async throws -> SiteResponse {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first, parts.count) {
        case (.get, nil, _): return .page(overview(try await look.model()).html)
        case (.post, "look", 1):
            _ = try await look.lookAgain()
            return .redirect("/")
        case (.get, "snapshots", 1): return .page(try snapshots().html)
        case (.get, "snapshot", 2): return .page(try await contactSheet(parts[1], request).html)
        case (.get, "picture", 2): return try await picture(parts[1], request)
        case (.post, "restore", 1): return try await restore(request)
        case (.get, "restore", 2):
            guard let page = await restores.page(parts[1])?.page else { return Self.nothingThere }
            return .page(page.html)
        default: return Self.nothingThere
        }
    }

    private static let nothingThere = SiteResponse.page(
        WebPage.message("Not found", "There is no such page.").html, .notFound)

    private func overview(_ model: DashboardModel) -> WebPage {
        OverviewPage(model, place: .overview, formToken: gate.formToken).page
    }

    private func snapshots() throws -> WebPage {
        SnapshotsPage(
            try vault.knownSnapshots().map { snapshot in
                SnapshotsPage.Row(
                    id: snapshot.id.description, collection: snapshot.collection,
                    time: snapshot.finished / 1_000_000_000, host: snapshot.host,
                    fileCount: snapshot.fileCount, byteCount: Int64(clamping: snapshot.byteCount),
                    tags: snapshot.tags, isCheckpoint: snapshot.isCheckpoint)
            }
        ).page
    }

    // MARK: - Inside a snapshot

    private func contactSheet(_ name: String, _ request: SiteRequest) async throws -> WebPage {
        let browser = try await browsers.browser(name)
        let folder = try Self.path(request.value("path"))
        let position = try Self.path(request.value("after"))
        let part = try await browser.part(of: folder, after: position, limit: Self.sheetCount)
        var sheet = ContactSheet(
            snapshot: name, collection: browser.snapshot.collectionName,
            time: browser.snapshot.finished / 1_000_000_000)
        sheet.steps = (folder.map { Array(sequence(first: $0, next: \.parent)) } ?? []).reversed().map {
            ContactSheet.Step(name: Self.name($0), path: $0.bytes.base64URL)
        }
        sheet.items = part.entries.map { entry in
            ContactSheet.Item(
                name: Self.name(entry.path), path: entry.path.bytes.base64URL, kind: Self.kind(entry))
        }
        (sheet.isFirst, sheet.hasMore, sheet.formToken) = (position == nil, part.hasMore, gate.formToken)
        return sheet.page
    }

    private static func kind(_ entry: Entry) -> ContactSheet.Item.Kind {
        switch entry.kind {
        case .directory: .folder
        case .symbolicLink: .link
        case .file:
            .file(byteCount: Int64(clamping: entry.size), hasPicture: ContactPictures.isCheap(entry))
        }
    }

    private static func name(_ path: EntryPath) -> String { FileName(Array(path.components.last ?? [])).text }

    private func picture(_ name: String, _ request: SiteRequest) async throws -> SiteResponse {
        guard let path = try Self.path(request.value("path")),
            let jpeg = try await pictures.picture(path, in: browsers.browser(name))
        else { return SiteResponse(status: .notFound) }
        return SiteResponse(status: .ok, headers: ["Content-Type": "image/jpeg"], body: jpeg)
    }

    private func restore(_ request: SiteRequest) async throws -> SiteResponse {
        let form = request.form
        func field(_ name: String) -> String { form.first { $0.name == name }?.value ?? "" }
        let browser = try await browsers.browser(field("snapshot"))
        let chosen = form.filter { $0.name == "path" }.map(\.value)
        let folder = field("folder")
        let paths = try (chosen.isEmpty && !folder.isEmpty ? [folder] : chosen).compactMap(Self.path)
        let destination = field("to")
        guard destination.hasPrefix("/"), !destination.utf8.contains(0) else {
            return .page(
                WebPage.message(
                    "Not restored", "The folder has to be given from the root, as /home/me/restored."
                ).html)
        }
        let number = await restores.begin(
            RestoreRequest(
                snapshot: SnapshotSelection(
                    collection: browser.snapshot.collectionName, snapshot: browser.id.description),
                entries: EntrySelection(paths: paths), destination: destination))
        return .redirect("/restore/\(number)")
    }

    /// The path in an address; nil where there is none.
    private static func path(_ text: String?) throws -> EntryPath? {
        guard let text, !text.isEmpty else { return nil }
        guard let path = [UInt8](base64URL: text).flatMap({ EntryPath($0) }) else {
            throw PathError()
        }
        return path
    }

    private struct PathError: Error, CustomStringConvertible {
        let description = "the address holds no path"
    }
}

/// The snapshots that were looked into last: their lists of pages need not be fetched again.
private actor SnapshotBrowsers {
    private static let keptCount = 4

    private let vault: OpenVault
    private var browsers: [SnapshotBrowser] = []

    init(vault: OpenVault) { self.vault = vault }

    /// - Throws: `SelectionError` where there is no such snapshot.
    func browser(_ name: String) async throws -> SnapshotBrowser {
        guard let id = SnapshotID(name) else { throw SnapshotNameError() }
        if let known = browsers.first(where: { $0.id == id }) { return known }
        let browser = try await vault.browser(of: id)
        browsers = [browser] + browsers.prefix(Self.keptCount - 1)
        return browser
    }
}

private struct SnapshotNameError: Error, CustomStringConvertible {
    let description = "the address names no snapshot"
}
