internal import Crypto
internal import Dashboard

/// Who may see the dashboard: whoever had its address from the terminal, from a page of its own, at its own name.
///
/// - The token in the address is exchanged for a cookie once, so that it stays in no history and no Referer.
/// - Host must be the loopback address: another site's name that resolves to it (DNS rebinding) is refused.
/// - Origin and Sec-Fetch-Site, where a browser sends them, must be those of a page of ours or of no page at all.
/// - A form must send back what only a page of ours holds.
struct SiteGate: Sendable {
    enum Admission: Sendable {
        case refused(SiteResponse)
        /// The token was right: here is the cookie.
        case entered(SiteResponse)
        case admitted
    }

    let port: UInt16
    private let token = SecretBytes(randomCount: 32)
    private let session = SecretBytes(randomCount: 32)
    private let form = SecretBytes(randomCount: 32)

    init(port: UInt16) { self.port = port }

    /// The address with the token: who has it sees everything.
    var address: String { "http://127.0.0.1:\(port)/?token=\(Self.text(token))" }

    /// What a form sends back.
    var formToken: String { Self.text(form) }

    func admit(_ request: SiteRequest) -> Admission {
        guard request.method != .other else { return .refused(SiteResponse(status: .methodNotAllowed)) }
        guard isOwnHost(request), isOwnOrigin(request) else { return .refused(Self.nothing) }
        if request.method == .get, request.path == "/", let candidate = request.value("token") {
            guard Self.isSame(candidate, token) else { return .refused(Self.nothing) }
            var response = SiteResponse.redirect("/")
            response.headers["Set-Cookie"] =
                "\(cookieName)=\(Self.text(session)); Path=/; HttpOnly; SameSite=Strict"
            return .entered(response)
        }
        guard let cookie = request.cookie(cookieName), Self.isSame(cookie, session) else {
            return .refused(Self.nothing)
        }
        if request.method == .post {
            guard let sent = request.form.first(where: { $0.name == "form" }), Self.isSame(sent.value, form)
            else { return .refused(Self.nothing) }
        }
        return .admitted
    }

    /// Cookies do not keep ports apart: each port has a name of its own.
    private var cookieName: String { "photobackup-\(port)" }

    private var hosts: [String] { ["127.0.0.1:\(port)", "localhost:\(port)"] }

    private func isOwnHost(_ request: SiteRequest) -> Bool {
        request.headers["host"].map(hosts.contains) ?? false
    }

    private func isOwnOrigin(_ request: SiteRequest) -> Bool {
        if let origin = request.headers["origin"], let host = request.headers["host"],
            origin != "http://\(host)"
        {
            return false
        }
        switch request.headers["sec-fetch-site"] {
        case nil, "same-origin": return true
        // An address that a person typed, or opened from the terminal.
        case "none": return request.method == .get
        default: return false
        }
    }

    /// An answer that shows nothing.
    private static let nothing = SiteResponse(status: .forbidden)

    private static func text(_ secret: SecretBytes) -> String {
        secret.withUnsafeBytes { [UInt8]($0) }.base64URL
    }

    /// In a time that does not depend on where they differ.
    private static func isSame(_ candidate: String, _ secret: SecretBytes) -> Bool {
        guard var bytes = [UInt8](base64URL: candidate), bytes.count == secret.count else { return false }
        return SecretBytes(consuming: &bytes) == secret
    }

    // MARK: - What every answer says

    /// What a page may load: its own style sheet and pictures, and no script.
    static let filePolicy = "default-src 'none'; style-src \(styleHash); base-uri 'none'; form-action 'none'"

    private static let policy = """
        default-src 'none'; style-src \(styleHash); img-src 'self'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'
        """

    private static let styleHash =
        "'sha256-\(SHA256.hash(Array(StyleSheet.text.utf8)).bytes.base64)'"

    /// `same-origin` and not `no-referrer`: with that, browsers send `Origin: null` with forms of our own.
    static let headers = [
        "Content-Security-Policy": policy, "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
        "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
    ]
}
