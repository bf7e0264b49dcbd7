internal import Terminal

/// One part of a folder in a snapshot: small pictures and names, and a form that restores what is chosen.
public struct ContactSheet: Sendable {
    public struct Item: Sendable {
        public enum Kind: Sendable {
            case folder, link
            /// - hasPicture: whether a small picture may be made of it.
            case file(byteCount: Int64, hasPicture: Bool)
        }

        public var name: String
        /// The path, in letters that an address takes as they are.
        public var path: String
        public var kind: Kind

        public init(name: String, path: String, kind: Kind) {
            (self.name, self.path, self.kind) = (name, path, kind)
        }
    }

    /// A folder above, or the one that is shown.
    public struct Step: Sendable {
        public var name: String
        public var path: String

        public init(name: String, path: String) { (self.name, self.path) = (name, path) }
    }

    public var snapshot: String
    public var collection: String
    public var time: Int64
    /// From the top down to the folder that is shown; empty at the top.
    public var steps: [Step] = []
    public var items: [Item] = []
    /// Whether this part begins the folder.
    public var isFirst = true
    public var hasMore = false
    /// What the form must send back.
    public var formToken = ""

    public init(snapshot: String, collection: String, time: Int64) {
        (self.snapshot, self.collection, self.time) = (snapshot, collection, time)
    }

    public var page: WebPage {
        WebPage(
            title: collection, place: .inside,
            body: [
                "<p class=\"soft\">As it was \(momentText(time))</p>", path,
                "<form method=\"post\" action=\"/restore\">", sheet, turning, form, "</form>",
            ])
    }

    private func address(_ path: String?, after: String? = nil) -> String {
        var query = path.map { ["path=\($0)"] } ?? []
        if let after { query.append("after=\(after)") }
        return "/snapshot/\(snapshot)" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    private var path: HTML {
        let above = steps.dropLast().map { step -> HTML in
            "<a href=\"\(address(step.path))\">\(step.name)</a> /"
        }
        let top: HTML =
            steps.isEmpty ? "<span aria-current=\"page\">top</span>" : "<a href=\"\(address(nil))\">top</a> /"
        let last: HTML = steps.last.map { "<span aria-current=\"page\">\($0.name)</span>" } ?? ""
        return "<nav aria-label=\"Folders\"><p>\(top) \(above) \(last)</p></nav>"
    }

    private var sheet: HTML {
        guard !items.isEmpty else { return "<p>This folder is empty.</p>" }
        return "<ul class=\"sheet\">\(items.map(item))</ul>"
    }

    private func item(_ item: Item) -> HTML {
        let picture: HTML
        let detail: String
        switch item.kind {
        case .folder:
            picture = "<a class=\"picture\" href=\"\(address(item.path))\">folder</a>"
            detail = ""
        case .link:
            picture = "<span class=\"picture\">link</span>"
            detail = ""
        case .file(let byteCount, let hasPicture):
            let source = "/picture/\(snapshot)?path=\(item.path)"
            picture =
                hasPicture
                ? "<span class=\"picture\"><img src=\"\(source)\" alt=\"\" loading=\"lazy\"></span>"
                : "<span class=\"picture\">no picture</span>"
            detail = byteText(byteCount)
        }
        return """
            <li>\(picture)<label><input type="checkbox" name="path" value="\(item.path)">\
            <span>\(item.name) <span class="soft">\(detail)</span></span></label></li>
            """
    }

    private var turning: HTML {
        var links: [HTML] = []
        if !isFirst { links.append("<a href=\"\(address(steps.last?.path))\">Beginning of this folder</a>") }
        if hasMore, let last = items.last {
            links.append("<a rel=\"next\" href=\"\(address(steps.last?.path, after: last.path))\">More</a>")
        }
        return links.isEmpty ? "" : "<nav aria-label=\"Parts of this folder\"><p>\(links)</p></nav>"
    }

    private var form: HTML {
        let whole = steps.isEmpty ? "the whole snapshot" : "the whole folder"
        return """
            <section class="card"><h2>Restore</h2>
            <p>What is ticked comes back; where nothing is ticked, \(whole). What is in that folder already stays as it is.</p>
            <p><label for="to">Folder on this machine, from the root</label><br>
            <input type="text" id="to" name="to" required placeholder="/home/me/restored" autocomplete="off"></p>
            <input type="hidden" name="form" value="\(formToken)">
            <input type="hidden" name="snapshot" value="\(snapshot)">
            <input type="hidden" name="folder" value="\(steps.last?.path ?? "")">
            <button>Restore</button></section>
            """
    }
}
