import Dashboard
import Testing

@Suite struct HTMLTests {
    @Test(
        arguments: [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onload=\"x", "&quot; onload=&quot;x"), ("it's", "it&#39;s"),
            ("a & b &amp; c", "a &amp; b &amp;amp; c"),
            ("photo\u{202e}gpj.exe", "photo\\u{202e}gpj.exe"), ("a\u{200b}b\u{2066}", "a\\u{200b}b\\u{2066}"),
            ("zero\0bell\u{7}", "zero\u{fffd}bell\u{fffd}"), ("Crémieux 東京", "Crémieux 東京"), ("", ""),
        ])
    func textThatIsPutInIsEscaped(text: String, expected: String) {
        let html: HTML = "<p title=\"\(text)\">\(text)</p>"
        #expect(html.text == "<p title=\"\(expected)\">\(expected)</p>")
    }

    @Test func whatIsHTMLAlreadyIsNotEscapedAgain() {
        let inner: HTML = "<b>\("<")</b>"
        #expect(
            ("<p>\(inner)\([inner, inner])</p>" as HTML).text == "<p><b>&lt;</b><b>&lt;</b>\n<b>&lt;</b></p>")
    }
}
