/// Which refusals pass by themselves, so that the same request is sent again.
///
/// Every failure of a server's own passes, whatever its number: proxies and content networks add theirs (520 to 530).
/// Only what says that the server will never do it stays.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, RFC 9110, section 15.6
enum PassingFailure {
    /// Not implemented, HTTP version not supported, insufficient storage.
    private static let lasting: Set<Int> = [501, 505, 507]
    /// Timeout, too early, too many requests.
    private static let passing: Set<Int> = [408, 425, 429]
    private static let passingCodes: Set<String> = [
        "InternalError", "InternalFailure", "ServiceUnavailable", "IncompleteBody", "OperationAborted",
        "ConcurrentModification", "ConditionalRequestConflict",
    ]

    /// Whether a request that was refused so may succeed soon. A conflict passes unless its code says what it is.
    static func isPassing(_ status: Int, code: String?) -> Bool {
        if let code, passingCodes.contains(code) { return true }
        if status == 409 { return code == nil }
        return passing.contains(status) || (500...599).contains(status) && !lasting.contains(status)
    }
}
