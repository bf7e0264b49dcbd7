extension EmergencyKit {
    /// The page for a browser and its printer: one sheet of A4 or Letter, without anything from elsewhere.
    public var html: String {
        let words = words.map { "<li>\(Self.escaped($0))</li>" }.joined(separator: "\n")
        let facts = facts.map {
            "<tr><th>\(Self.escaped($0.name))</th><td>\(Self.escaped($0.value))</td></tr>"
        }
        let replicas = replicas.map {
            "<tr><th>\(Self.escaped($0.name))</th><td>\(Self.escaped($0.place))</td></tr>"
        }
        let steps = Self.steps.map { "<li>\(Self.escaped($0))</li>" }.joined(separator: "\n")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(Self.title)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <h1>\(Self.title)</h1>
            <p>\(Self.escaped(Self.introduction))</p>
            <table>
            \(facts.joined(separator: "\n"))
            </table>
            <h2>\(Self.wordsCaption)</h2>
            <div class="code">
            <ol>
            \(words)
            </ol>
            \(QRCode(phrase)?.svg(label: "QR code of the 24 words", size: "38mm") ?? "")
            </div>
            <h2>\(Self.wrappedCaption)</h2>
            <div class="code">
            <pre>\(wrappedLines(8).map(Self.escaped).joined(separator: "\n"))</pre>
            \(QRCode(wrappedLetters)?.svg(label: "QR code of the wrapped key", size: "38mm") ?? "")
            </div>
            <h2>Where the replicas are</h2>
            <table>
            \(replicas.joined(separator: "\n"))
            </table>
            <h2>To get everything back</h2>
            <ol class="steps">
            \(steps)
            </ol>
            <p>&#9744; \(Self.tested)</p>
            </body>
            </html>

            """
    }

    private static let style = """

        @page { margin: 14mm; }
        body { font: 10pt/1.35 sans-serif; max-width: 182mm; margin: 4mm auto; color: #000; background: #fff; }
        h1 { font-size: 16pt; margin: 0 0 2mm; }
        h2 { font-size: 11pt; margin: 4mm 0 1mm; }
        p { margin: 1mm 0; }
        table { border-collapse: collapse; }
        th { text-align: left; font-weight: normal; padding-right: 6mm; vertical-align: top; white-space: nowrap; }
        td, pre, .code li { font-family: monospace; overflow-wrap: anywhere; }
        .code { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 4mm; }
        .code ol { columns: 4; margin: 0; padding-left: 7mm; flex: 1 1 90mm; font-size: 11pt; }
        .code li { padding-right: 8mm; }
        pre { margin: 0; font-size: 9.5pt; white-space: pre-wrap; flex: 1 1 90mm; }
        .steps { margin: 0; padding-left: 6mm; }

        """

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
