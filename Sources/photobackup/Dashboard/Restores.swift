internal import Backup
internal import Dashboard
internal import Synchronization
internal import Terminal
internal import Vault

/// The restores that were begun on the page, which go on whatever the browser does, and end with the program.
actor Restores {
    private static let keptCount = 20
    private static let shownNoticeCount = 100

    /// One restore, and what has been heard of it.
    private struct Running: Sendable {
        let request: RestoreRequest
        let progress: RunProgress
        let notices: Notices
        var state = RestorePage.State.running
    }

    private final class Notices: Sendable {
        private let kept = Mutex<(texts: [String], count: Int)>(([], 0))

        var all: (texts: [String], count: Int) { kept.withLock { $0 } }

        func add(_ text: String) {
            kept.withLock { kept in
                kept.count += 1
                if kept.texts.count < shownNoticeCount { kept.texts.append(text) }
            }
        }
    }

    private let vault: OpenVault
    private let context: CommandContext
    private var restores: [Int: Running] = [:]
    private var last = 0

    init(vault: OpenVault, context: CommandContext) { (self.vault, self.context) = (vault, context) }

    /// Begins a restore, and returns the number that its page has.
    func begin(_ request: RestoreRequest) -> Int {
        last += 1
        let number = last
        let running = Running(
            request: request, progress: RunProgress(replicaCount: vault.replicas.stores.count),
            notices: Notices())
        restores[number] = running
        restores[number - Self.keptCount] = nil
        Task {
            let state = await run(running)
            restores[number]?.state = state
        }
        return number
    }

    /// The page of a restore; nil where there is none of that number.
    func page(_ number: String) -> RestorePage? {
        guard let restore = Int(number).flatMap({ restores[$0] }) else { return nil }
        let progress = restore.progress.state
        let notices = restore.notices.all
        var page = RestorePage(
            collection: restore.request.snapshot.collection, destination: restore.request.destination,
            files: progress.files, bytes: Int64(progress.bytes), state: restore.state, notices: notices.texts)
        page.unnamedNoticeCount = notices.count - notices.texts.count
        return page
    }

    private nonisolated func run(_ restore: Running) async -> RestorePage.State {
        let notices = restore.notices
        do {
            let counts = try await vault.restore(
                restore.request, progress: restore.progress,
                notify: { notice in
                    switch notice {
                    case .failed(let path, let reason): notices.add("\(FileName(path.bytes).text): \(reason)")
                    case .conflict(let path, let reason, _):
                        notices.add("\(FileName(path.bytes).text): \(reason)")
                    case .renamed(let path, let other):
                        notices.add("\(FileName(path.bytes).text): restored as \(FileName(other.bytes).text)")
                    case .warning(let what, let reason): notices.add("\(what): \(reason)")
                    }
                }, warn: context.warning)
            return .ended(
                restored: counts.filesRestored, skipped: counts.filesSkipped, failed: counts.filesFailed,
                conflicts: counts.conflicts)
        } catch {
            let diagnostic = Failure(error, wasCancelled: false).diagnostic
            return .failed("\(diagnostic.what): \(diagnostic.why)")
        }
    }
}
