internal import ObjectStore

/// One row of the table of refusals: how an answer is known, what it means, and what helps.
///
/// The first row that fits counts. Codes and words compare without case, because servers differ in that.
struct Refusal: Sendable {
    /// What an answer must be. A list that is empty demands nothing; all the others must fit.
    struct Pattern: Sendable {
        /// HTTP statuses.
        var statuses: [ClosedRange<Int>] = []
        /// S3 error codes; `*` at an end stands for anything.
        var codes: [String] = []
        /// Any of these in the server's words.
        var words: [String] = []
        /// Whether a page for people answered, which no S3 service does.
        var isPage = false
        /// What the request must have been.
        var request = AnyRequest.any

        enum AnyRequest: Sendable {
            case any, put, delete, withLock, withStorageClass, virtualHost, pathStyle
        }

        static func codes(_ codes: String...) -> Pattern { Pattern(codes: codes) }
        static func words(_ words: String...) -> Pattern { Pattern(words: words) }
        static func status(_ statuses: ClosedRange<Int>...) -> Pattern { Pattern(statuses: statuses) }
    }

    /// For tests, which try each row.
    let name: String
    let patterns: [Pattern]
    let code: ObjectStoreError.Code
    let reason: String
    /// With `{bucket}` and the like, which `RefusalHint` fills in; empty for none.
    let hint: String

    init(
        _ name: String, _ patterns: [Pattern], _ code: ObjectStoreError.Code, _ reason: String,
        hint: String = ""
    ) {
        self.name = name
        self.patterns = patterns
        self.code = code
        self.reason = reason
        self.hint = hint
    }

    /// Rows that lead to more than words.
    static let checksumWanted = "checksum wanted"
    /// What a temporary key that has ended may get instead of a reason.
    static let plainDenials: Set = ["access denied", "may not delete"]
    /// What an answer's date can tell where its words do not.
    static let wrongClock = table.first { $0.code == .clockSkewed }!

    /// The row for an answer that is no success; the last row fits every answer.
    static func row(for answer: ErrorAnswer, _ response: HTTPResponse, _ context: FailureContext) -> Refusal {
        let code = answer.code?.lowercased() ?? ""
        let words = answer.message?.lowercased() ?? ""
        return table.first { row in
            row.patterns.contains { pattern in
                pattern.fits(status: response.status, code: code, words: words)
                    && (!pattern.isPage || response.isWebPage && answer.code == nil)
                    && pattern.request.fits(context)
            }
        } ?? table[table.count - 1]
    }
}

extension Refusal.Pattern {
    fileprivate func fits(status: Int, code: String, words said: String) -> Bool {
        (statuses.isEmpty || statuses.contains { $0.contains(status) })
            && (codes.isEmpty || codes.contains { Self.fits(code, $0) })
            && (words.isEmpty || words.contains { said.contains($0) })
    }

    private static func fits(_ code: String, _ wanted: String) -> Bool {
        let text = wanted.lowercased().filter { $0 != "*" }
        return switch (wanted.hasPrefix("*"), wanted.hasSuffix("*")) {
        case (true, true): code.contains(text)
        case (true, false): code.hasSuffix(text)
        case (false, true): code.hasPrefix(text)
        case (false, false): code == text
        }
    }
}

extension Refusal.Pattern.AnyRequest {
    fileprivate func fits(_ context: FailureContext) -> Bool {
        let headers = context.operation?.headers ?? []
        return switch self {
        case .any: true
        case .put: context.operation?.method == .put
        case .delete: context.operation?.method == .delete
        case .withLock: headers.contains { $0.name.hasPrefix("x-amz-object-lock") }
        case .withStorageClass: headers.contains { $0.name == "x-amz-storage-class" }
        case .virtualHost: context.configuration.addressing == .virtualHost
        case .pathStyle: context.configuration.addressing == .path
        }
    }
}
