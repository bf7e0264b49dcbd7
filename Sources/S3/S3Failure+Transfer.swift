internal import CCurl
internal import ObjectStore

// MARK: - No answer

extension S3Failure {
    init(_ failure: TransferFailure, _ context: FailureContext, byteLimit: Int) {
        switch failure {
        case .cancelled:
            self.init(context.error(.cancelled, "cancelled"))
        case .abandoned:
            self.init(context.error(.suspended, "left alone, because it answers nothing"))
        case .tooLarge:
            self.init(context.error(.damaged, "the answer is longer than the \(byteLimit) bytes it may have"))
        case .tooSlow(let pace):
            self.init(context.error(.timedOut, "too slow: \(pace)"))
        case .curl(let code, let message):
            self.init(code, message, context)
        }
    }

    private init(_ curlCode: CURLcode, _ message: String, _ context: FailureContext) {
        let meaning = TransferMeaning(curlCode, message, context.configuration)
        let cost: Int? =
            switch meaning.code {
            case .timedOut: RetryBudget.timeoutCost
            case .hostNotResolved, .connectionFailed: RetryBudget.retryCost
            default: nil
            }
        self.init(
            context.error(
                meaning.code, "\(meaning.reason) (\(message))", hint: meaning.hint, isRetryable: cost != nil),
            cost.map { .retry(cost: $0, after: nil) } ?? .none)
    }
}

/// What libcurl's code and words mean, and what helps.
///
/// Source: libcurl-errors(3)
struct TransferMeaning {
    let code: ObjectStoreError.Code
    let reason: String
    let hint: String?

    private static let proxyVariables = "https_proxy, http_proxy and no_proxy"

    init(_ curlCode: CURLcode, _ message: String, _ configuration: S3Configuration) {
        let endpoint = configuration.endpoint
        let isVirtual = configuration.addressing == .virtualHost
        let orPath = isVirtual ? ", or write addressing = \"path\"" : ""
        switch curlCode {
        case _ where Self.proxyStatus(in: message) == 407:
            (code, reason) = (.accessDenied, "the proxy wants a user name and a password")
            hint = "write them into https_proxy or http_proxy as http://USER:PASSWORD@HOST:PORT"
        case _ where Self.proxyStatus(in: message) != nil:
            (code, reason) = (.connectionFailed, "the proxy lets nothing through to the provider")
            hint = "look at \(Self.proxyVariables) in the environment, or ask whoever runs the proxy"
        case CURLE_COULDNT_RESOLVE_PROXY:
            (code, reason) = (.hostNotResolved, "the proxy's name has no address")
            hint = "look at \(Self.proxyVariables) in the environment"
        case CURLE_COULDNT_RESOLVE_HOST:
            (code, reason) = (.hostNotResolved, "the host name has no address")
            hint = "check endpoint (\(endpoint)) and this machine's network\(orPath)"
        case CURLE_COULDNT_CONNECT:
            (code, reason) = (.connectionFailed, "no connection")
            hint = "check that the provider is up, and endpoint (\(endpoint))"
        case CURLE_OPERATION_TIMEDOUT:
            (code, reason, hint) = (.timedOut, "no answer in time", nil)
        case CURLE_SSL_CACERT_BADFILE:
            (code, reason) = (.certificateRefused, "the file of certificates cannot be read")
            hint =
                configuration.caFile.map { "correct ca_file, which names \($0)" }
                ?? "install ca-certificates, which has this system's authorities"
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            (code, reason) = (.certificateRefused, "the server's certificate does not verify")
            hint =
                isVirtual && configuration.bucket.contains(".")
                ? "no certificate covers a bucket with dots in the host name: write addressing = \"path\""
                : "for a private authority, name its certificate file (ca_file); otherwise do not trust this server"
        case CURLE_SSL_CONNECT_ERROR:
            (code, reason) = (.connectionFailed, "no TLS connection")
            hint = "check that \(endpoint) speaks https"
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE,
            CURLE_SEND_FAIL_REWIND:
            (code, reason) = (.connectionFailed, "the connection broke")
            hint =
                "if that goes on, check that \(endpoint) is the S3 address, and http or https as it should be"
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
            (code, reason) = (.malformedAnswer, "the answer is not HTTP")
            hint = "check that \(endpoint) is the S3 address"
        default:
            (code, reason, hint) = (.system, "the transfer failed", nil)
        }
    }

    /// What a proxy answered to CONNECT: "Received HTTP code 407 from proxy after CONNECT" and "CONNECT tunnel
    /// failed, response 407".
    private static func proxyStatus(in message: String) -> Int? {
        guard message.contains("CONNECT") else { return nil }
        return message.firstMatch(of: /(?:code|response) (\d{3})/).flatMap { Int($0.1) }
    }
}
