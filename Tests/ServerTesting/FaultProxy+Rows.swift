internal import Foundation
internal import Synchronization

extension FaultProxy.Fault {
    /// As a provider answers that is overloaded.
    public static func serverError(_ status: Int) -> Self {
        .answer(
            .answer(status, headers: [("Content-Type", "application/xml")], body: errorBody("InternalError")))
    }

    /// A success that carries an error in its body.
    public static let errorUnder200 = answer(
        .answer(200, headers: [("Content-Type", "application/xml")], body: errorBody("InternalError")))

    /// What a misaddressed console, or a black hole, answers to every request.
    public static let yes = answer(.answer(200, headers: [("ETag", "\"yes\"")]))

    private static func errorBody(_ code: String) -> String {
        "<Error><Code>\(code)</Code><Message>as the proxy wants it</Message></Error>"
    }

    /// A listing whose text is changed; anything else is passed on.
    public static func listing(_ change: @escaping @Sendable (String) -> String) -> Self {
        .changed { answer in
            let text = String(decoding: answer.body, as: UTF8.self)
            guard text.contains("<ListBucketResult") else { return }
            answer.body = Array(change(text).utf8)
        }
    }

    /// The listing's entries in reverse.
    public static let reordered = listing { text in
        rearranged(text) { $0.reversed() }
    }

    /// Each entry of the listing twice.
    public static let repeatedEntries = listing { text in
        rearranged(text) { $0.flatMap { [$0, $0] } }
    }

    /// Beside each entry of the listing one of a stranger, whose name XML cannot hold.
    public static let strangers = listing { text in
        rearranged(text) { entries in
            entries + entries.map { Substring($0.replacing("</Key>", with: "&#x8;</Key>")) }
        }
    }

    /// A listing that does not show packs yet.
    public static let withoutPacks = listing { text in
        rearranged(text) { entries in entries.filter { !$0.contains("packs/") } }
    }

    /// A listing that goes on, with the same page again and again, whatever the server says to that.
    public static func samePageForever() -> Self {
        let page = Mutex<HTTPMessage?>(nil)
        return .changed { answer in
            let text = String(decoding: answer.body, as: UTF8.self)
            page.withLock { page in
                if page == nil, text.contains("<ListBucketResult") {
                    let going =
                        text.replacing(
                            "<IsTruncated>false</IsTruncated>", with: "<IsTruncated>true</IsTruncated>"
                        )
                        .replacing(
                            "</ListBucketResult>",
                            with: "<NextContinuationToken>again</NextContinuationToken></ListBucketResult>")
                    answer.body = Array(going.utf8)
                    page = answer
                }
                if let page { answer = page }
            }
        }
    }

    /// A `Date` that is so many seconds off.
    public static func date(offBy seconds: Int) -> Self {
        .changed { $0["date"] = httpDate(Date().addingTimeInterval(TimeInterval(seconds))) }
    }

    /// A refusal because of the clock, by a provider whose own is so many seconds off.
    public static func skewed(by seconds: Int) -> Self {
        .answer(
            .answer(
                403,
                headers: [
                    ("Content-Type", "application/xml"),
                    ("Date", httpDate(Date().addingTimeInterval(TimeInterval(seconds)))),
                ],
                body: errorBody("RequestTimeTooSkewed")))
    }

    private static func httpDate(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
    }

    private static func rearranged(_ text: String, _ change: ([Substring]) -> [Substring]) -> String {
        let (opening, closing) = ("<Contents>", "</Contents>")
        guard let first = text.firstRange(of: opening)?.lowerBound,
            let last = text.ranges(of: closing).last?.upperBound
        else { return text }
        var entries: [Substring] = []
        var rest = text[first..<last]
        while let end = rest.firstRange(of: closing)?.upperBound {
            entries.append(rest[..<end])
            rest = rest[end...]
        }
        return text[..<first] + change(entries).joined() + text[last...]
    }
}
