internal import Foundation

/// What a browser asks the dashboard.
struct SiteRequest: Sendable {
    enum Method: Sendable {
        case get, post, other
    }

    var method: Method
    var path: String
    /// In the order in which they stand.
    var query: [(name: String, value: String)] = []
    /// By names in lower case.
    var headers: [String: String] = [:]
    var body: [UInt8] = []

    /// The first of that name.
    func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The fields of a form that was sent, in its order (`application/x-www-form-urlencoded`).
    var form: [(name: String, value: String)] {
        String(decoding: body, as: UTF8.self).split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacing("+", with: " ").removingPercentEncoding ?? ""
            }
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
    }

    /// The value of a cookie.
    func cookie(_ name: String) -> String? {
        for pair in (headers["cookie"] ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name {
                return String(parts[1])
            }
        }
        return nil
    }
}

/// What the dashboard answers.
struct SiteResponse: Sendable {
    enum Status: Int, Sendable {
        case ok = 200
        case seeOther = 303
        case forbidden = 403
        case notFound = 404
        case methodNotAllowed = 405
        case tooLarge = 413
        case failed = 500
    }

    var status: Status
    var headers: [String: String] = [:]
    var body: [UInt8] = []

    static func page(_ html: String, _ status: Status = .ok) -> SiteResponse {
        SiteResponse(
            status: status, headers: ["Content-Type": "text/html; charset=utf-8"], body: Array(html.utf8))
    }

    static func redirect(_ path: String) -> SiteResponse {
        SiteResponse(status: .seeOther, headers: ["Location": path])
    }
}
