/// A whole page, which needs nothing from elsewhere and holds no script.
public struct WebPage: Sendable {
    /// Where a page leads to; a file of its own leads nowhere.
    public enum Place: Sendable {
        case overview, snapshots, inside
        /// A static file, with the content security policy that a server would send.
        case file(policy: String)
    }

    let title: String
    let place: Place
    let body: [HTML]
    /// After how many seconds a browser is to ask again.
    var renewal: Int?

    public var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        \(head)<title>\(HTML.escaped(title)) – photobackup</title>
        <style>\(StyleSheet.text)</style>
        </head>
        <body>
        <header><h1>\(HTML.escaped(title))</h1>\(navigation.text)</header>
        <main>
        \(HTML(body).text)
        </main>
        </body>
        </html>

        """
    }

    private var head: String {
        var tags: [HTML] = []
        if case .file(let policy) = place {
            tags.append("<meta http-equiv=\"Content-Security-Policy\" content=\"\(policy)\">")
        }
        if let renewal { tags.append("<meta http-equiv=\"refresh\" content=\"\(renewal)\">") }
        return tags.map { $0.text + "\n" }.joined()
    }

    private var navigation: HTML {
        let links: HTML
        switch place {
        case .file: return ""
        case .overview:
            links = "<a href=\"/\" aria-current=\"page\">Overview</a> <a href=\"/snapshots\">Snapshots</a>"
        case .snapshots:
            links = "<a href=\"/\">Overview</a> <a href=\"/snapshots\" aria-current=\"page\">Snapshots</a>"
        case .inside: links = "<a href=\"/\">Overview</a> <a href=\"/snapshots\">Snapshots</a>"
        }
        return "<nav aria-label=\"Pages\">\(links)</nav>"
    }

    /// A page that says one thing: what was asked for is not there, or could not be had.
    public static func message(_ title: String, _ sentence: String) -> WebPage {
        WebPage(title: title, place: .inside, body: ["<p>\(sentence)</p>"])
    }
}

/// A table with a caption, which scrolls by itself where it is wider than the screen.
func captionedTable(_ caption: String, columns: [(name: String, isNumber: Bool)], rows: [HTML]) -> HTML {
    let heads = columns.map { column -> HTML in
        column.isNumber
            ? "<th scope=\"col\" class=\"number\">\(column.name)</th>"
            : "<th scope=\"col\">\(column.name)</th>"
    }
    return """
        <div class="wide" tabindex="0" role="region" aria-label="\(caption)"><table>
        <caption>\(caption)</caption>
        <thead><tr>\(heads)</tr></thead>
        <tbody>
        \(rows)
        </tbody></table></div>
        """
}
