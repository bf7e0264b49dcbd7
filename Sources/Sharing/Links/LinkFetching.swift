internal import S3

/// Fetches what a link leads to, as a browser does, and tells what went wrong in a reader's words.
struct LinkFetching: Sendable {
    private static let attempts = 3

    private let reader: WebReader

    /// - Parameter allowsLocalAddresses: whether it may lead into this machine's own networks. Whoever made a link has chosen
    ///   every address in it, and what a browser on the internet may not ask a router, nor may this.
    init(allowsLocalAddresses: Bool) {
        reader = WebReader(refusesLocalAddresses: !allowsLocalAddresses)
    }

    /// The page, or the manifest beside it.
    ///
    /// - Throws: `expired`, `ended`, `unreachable`; `CancellationError`.
    func whole(_ address: String, maximumByteCount: Int) async throws -> [UInt8] {
        let answer = try await answer(address, nil, maximumByteCount)
        guard answer.status == 200 else { throw Self.failure(of: answer.status) }
        return answer.body
    }

    /// A range of a pack: from a server that answers more than that, or the whole, cut out of it. Some answer 200 with the
    /// range and say which it is.
    ///
    /// - Throws: `damaged` besides.
    func part(_ address: String, _ range: Range<Int>, maximumByteCount: Int) async throws -> [UInt8] {
        let answer = try await answer(address, range, maximumByteCount)
        let told = answer.range?.lowerBound ?? (answer.status == 200 ? 0 : nil)
        switch answer.status {
        case 206 where told == nil && answer.body.count == range.count: return answer.body
        case 200, 206:
            if let told, told <= range.lowerBound, answer.body.count >= range.upperBound - told {
                return Array(answer.body[(range.lowerBound - told)..<(range.upperBound - told)])
            }
            throw LinkError(.damaged, "what is stored is shorter than it was")
        case 416:
            throw LinkError(.damaged, "what is stored is shorter than it was")
        default: throw Self.failure(of: answer.status)
        }
    }

    private func answer(
        _ address: String, _ range: Range<Int>?, _ maximumByteCount: Int
    ) async throws -> WebReader.Answer {
        for attempt in 1..<Self.attempts {
            do {
                let answer = try await reader.get(
                    address, range: range, maximumByteCount: maximumByteCount)
                if !Self.isPassing(answer.status) { return answer }
            } catch let failure as WebReader.Failure {
                try Self.refuse(failure)
            }
            try await Task.sleep(for: .milliseconds(400 * attempt * attempt))
        }
        do {
            return try await reader.get(address, range: range, maximumByteCount: maximumByteCount)
        } catch let failure as WebReader.Failure {
            try Self.refuse(failure)
            throw LinkError(
                .unreachable, "nobody answers: \(failure)", hint: "try again when there is a connection")
        }
    }

    /// What was refused stays so.
    private static func refuse(_ failure: WebReader.Failure) throws(LinkError) {
        guard let address = failure.localAddress else { return }
        throw LinkError(
            .local, "it leads to \(address), which is in this machine's own network",
            hint: "if that is where it was shared from: --allow-local")
    }

    /// Whether trying again may help.
    private static func isPassing(_ status: Int) -> Bool { status == 408 || status == 429 || status >= 500 }

    private static func failure(of status: Int) -> LinkError {
        switch status {
        case 404, 410:
            LinkError(
                .ended, "it is not there any more", hint: "ask whoever shared it for a new link")
        case _ where isPassing(status):
            LinkError(.unreachable, "the provider fails: HTTP status \(status)", hint: "try again later")
        default:
            LinkError(
                .expired, "its time is over, or it was taken back (HTTP status \(status))",
                hint: "ask whoever shared it for a new link")
        }
    }
}
