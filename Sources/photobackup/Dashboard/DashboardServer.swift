internal import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import Glibc
internal import Terminal

/// The dashboard's HTTP server, on the loopback address alone.
struct DashboardServer: Sendable {
    /// The largest form: of a whole contact sheet, all ticked.
    private static let maximumBodyByteCount = 1 << 20
    /// In seconds; a picture may have to come from far.
    private static let answerLimit: TimeInterval = 120

    /// 0 for one that is free.
    let port: UInt16

    /// Serves until the task is cancelled.
    ///
    /// - Parameters:
    ///   - makeSite: makes what answers, for the port that was found.
    ///   - onListening: told once it can be asked.
    /// - Throws: `CommandError` where the port cannot be had.
    func run(
        makeSite: @escaping @Sendable (UInt16) -> DashboardSite,
        onListening: @escaping @Sendable (DashboardSite) -> Void
    ) async throws {
        let site = SiteInWaiting()
        let server = HTTPServer(
            address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port), timeout: Self.answerLimit,
            logger: .disabled, handler: Handler(site: site))
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask {
                    try await server.waitUntilListening(timeout: 60)
                    guard case .ip4(_, let port) = await server.listeningAddress else { return }
                    onListening(await site.set(makeSite(port)))
                }
                defer { group.cancelAll() }
                try await group.next()
                try await group.next()
            }
        } catch {
            if Task.isCancelled { return }
            throw CommandError(
                what: "dashboard", why: "port \(port) cannot be listened to: \(Self.reason(error))",
                hint: "without --port a free one is taken")
        }
    }

    private static func reason(_ error: any Error) -> String {
        if case SocketError.failed(_, let number, _) = error { return String(cString: strerror(number)) }
        return "\(error)"
    }

    /// The site, which can only be made when the port is known.
    private actor SiteInWaiting {
        private(set) var site: DashboardSite?

        func set(_ site: DashboardSite) -> DashboardSite {
            self.site = site
            return site
        }
    }

    private struct Handler: HTTPHandler {
        let site: SiteInWaiting

        func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
            guard let site = await site.site else { return HTTPResponse(statusCode: .forbidden) }
            return Self.response(await Self.answer(request, site))
        }

        private static func answer(_ request: HTTPRequest, _ site: DashboardSite) async -> SiteResponse {
            var asked = SiteRequest(
                method: request.method == .GET ? .get : request.method == .POST ? .post : .other,
                path: request.path)
            asked.query = request.query.map { ($0.name, $0.value) }
            for (header, value) in request.headers { asked.headers[header.rawValue.lowercased()] = value }
            if asked.method == .post {
                let length = request.headers[.contentLength].flatMap { Int($0) }
                guard let length, length <= maximumBodyByteCount,
                    let body = try? await request.bodyData
                else { return SiteResponse(status: .tooLarge) }
                asked.body = [UInt8](body)
            }
            return await site.answer(asked)
        }

        private static func response(_ answer: SiteResponse) -> HTTPResponse {
            var headers = HTTPHeaders()
            for (name, value) in SiteGate.headers.merging(answer.headers, uniquingKeysWith: { $1 }) {
                headers.addValue(value, for: HTTPHeader(name))
            }
            return HTTPResponse(
                statusCode: HTTPStatusCode(answer.status.rawValue, phrase: answer.status.phrase),
                headers: headers, body: Data(answer.body))
        }
    }
}

extension SiteResponse.Status {
    fileprivate var phrase: String {
        switch self {
        case .ok: "OK"
        case .seeOther: "See Other"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .tooLarge: "Content Too Large"
        case .failed: "Internal Server Error"
        }
    }
}
