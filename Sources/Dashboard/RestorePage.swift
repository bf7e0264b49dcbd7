internal import Terminal

/// How far a restore is, or how it has ended.
public struct RestorePage: Sendable {
    public enum State: Sendable {
        case running
        case ended(restored: Int, skipped: Int, failed: Int, conflicts: Int)
        case failed(String)
    }

    public var collection: String
    public var destination: String
    public var files: Int
    public var bytes: Int64
    public var state: State
    /// What could not be restored, or has its place taken, a line each.
    public var notices: [String]
    public var unnamedNoticeCount = 0

    /// How often a browser asks, in seconds.
    private static let renewal = 2

    public init(
        collection: String, destination: String, files: Int, bytes: Int64, state: State, notices: [String]
    ) {
        (self.collection, self.destination, self.files) = (collection, destination, files)
        (self.bytes, self.state, self.notices) = (bytes, state, notices)
    }

    public var page: WebPage {
        let (level, sentence) = verdict
        let rest: HTML =
            unnamedNoticeCount > 0 ? "<li>and \(HumanReadable.count(unnamedNoticeCount)) more</li>" : ""
        let list: HTML =
            notices.isEmpty
            ? "" : "<ul class=\"places\">\(notices.map { "<li>\(singleLine($0))</li>" as HTML })\(rest)</ul>"
        var page = WebPage(
            title: "Restore of \(collection)", place: .inside,
            body: [
                "<p class=\"verdict \(level.rawValue)\" role=\"status\">\(sentence)</p>",
                "<p>Into <code>\(singleLine(destination))</code>: \(HumanReadable.count(files, "file")), \(byteText(bytes)).</p>",
                list,
            ])
        if case .running = state { page.renewal = Self.renewal }
        return page
    }

    private var verdict: (Verdict.Level, String) {
        switch state {
        case .running: return (.attention, "The restore is going on.")
        case .failed(let reason): return (.danger, "The restore failed: \(singleLine(reason)).")
        case .ended(let restored, let skipped, let failed, let conflicts):
            let done = "\(HumanReadable.count(restored, "file")) restored"
            let there = skipped > 0 ? ", \(HumanReadable.count(skipped)) were there already" : ""
            if failed > 0 {
                return (.danger, "\(done)\(there), \(HumanReadable.count(failed)) could not be restored.")
            }
            if conflicts > 0 {
                return (
                    .attention,
                    "\(done)\(there); \(HumanReadable.count(conflicts)) left out, since something else has their place."
                )
            }
            return (.well, "\(done)\(there).")
        }
    }
}
